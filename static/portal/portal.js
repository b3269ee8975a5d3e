// What the pages need beyond plain HTML. Everything hangs on data attributes, so that swapped-in parts work too.
"use strict";

(() => {
  const root = document.documentElement;
  const TOAST_SECONDS = 7;
  const YEAR_SECONDS = 31536000;

  // --- listening: one listener a kind of event, for all that is and will be on the page --------------------------------

  const on = (type, selector, act) =>
    document.addEventListener(type, (event) => {
      const element = event.target instanceof Element && event.target.closest(selector);
      if (element) act(element, event);
    });

  const whenAdded = (act) => {
    act(document.body);
    document.addEventListener("htmx:load", (event) => act(event.target));
  };

  const all = (within, selector) => [...(within.matches?.(selector) ? [within] : []), ...within.querySelectorAll(selector)];

  // --- theme ------------------------------------------------------------------------------------------------------------
  // Kept in a cookie, so that the server sends the page in the right theme and nothing flashes.

  const systemTheme = () => (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");

  on("click", "[data-theme-toggle]", () => {
    const theme = (root.dataset.theme || systemTheme()) === "dark" ? "light" : "dark";
    root.dataset.theme = theme;
    const secure = location.protocol === "https:" ? "; secure" : "";
    document.cookie = `theme=${theme}; path=/; max-age=${YEAR_SECONDS}; samesite=lax${secure}`;
  });

  // --- toasts -----------------------------------------------------------------------------------------------------------

  const dismiss = (toast) => {
    toast.classList.add("toast--leaving");
    setTimeout(() => toast.remove(), 250);
  };

  const dismissLater = (toast) => {
    if (toast.hasAttribute("data-toast-stays")) return;
    let timer;
    const start = () => (timer = setTimeout(() => dismiss(toast), TOAST_SECONDS * 1000));
    const stop = () => clearTimeout(timer);
    toast.addEventListener("mouseenter", stop);
    toast.addEventListener("focusin", stop);
    toast.addEventListener("mouseleave", start);
    toast.addEventListener("focusout", start);
    start();
  };

  on("click", "[data-toast-close]", (button) => dismiss(button.closest(".toast")));
  new MutationObserver((changes) =>
    changes.flatMap((change) => [...change.addedNodes]).filter((node) => node.matches?.(".toast")).forEach(dismissLater),
  ).observe(document.getElementById("toasts"), { childList: true });
  document.querySelectorAll("#toasts > .toast").forEach(dismissLater);

  // --- dialogs ----------------------------------------------------------------------------------------------------------
  // <a href="#name" data-dialog> opens <dialog id="name">; without a script the address does it (dialog:target).

  on("click", "[data-dialog]", (opener, event) => {
    const dialog = document.querySelector(opener.dataset.dialog || opener.getAttribute("href"));
    if (!dialog) return;
    event.preventDefault();
    dialog.showModal();
  });

  on("click", "[data-dialog-close]", (closer, event) => {
    event.preventDefault();
    closer.closest("dialog").close();
  });

  on("click", "dialog", (dialog, event) => {
    if (event.target === dialog && !dialog.hasAttribute("data-dialog-firm")) dialog.close();
  });

  whenAdded((added) => all(added, "dialog[data-dialog-now]:not([open])").forEach((dialog) => dialog.showModal()));

  // --- asking first: hx-confirm="…" and <form data-confirm="…"> ask in the portal's own dialog ---------------------------

  const ask = (question, proceed) => {
    const dialog = document.getElementById("confirm");
    dialog.querySelector("[data-confirm-question]").textContent = question;
    dialog.returnValue = "";
    dialog.addEventListener("close", () => dialog.returnValue === "yes" && proceed(), { once: true });
    dialog.showModal();
  };

  document.addEventListener("htmx:confirm", (event) => {
    if (!event.detail.question) return;
    event.preventDefault();
    ask(event.detail.question, () => event.detail.issueRequest(true));
  });

  const confirmed = new WeakSet();

  document.addEventListener("submit", (event) => {
    const form = event.target;
    const question = event.submitter?.dataset.confirm || form.dataset.confirm;
    if (!question || confirmed.delete(form)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    ask(question, () => {
      confirmed.add(form);
      form.requestSubmit(event.submitter);
    });
  }, true);

  // --- a form that was sent shows it, and is not sent twice -------------------------------------------------------------

  document.addEventListener("submit", (event) => {
    const button = event.submitter;
    const leavesPage = !event.target.closest("[hx-post], [hx-get], [hx-put], [hx-patch], [hx-delete], [method=dialog], [data-stays]");
    if (!event.defaultPrevented && leavesPage && button) setTimeout(() => button.setAttribute("aria-busy", "true"));
  });

  addEventListener("pageshow", () => document.querySelectorAll(".button[aria-busy]").forEach((button) => button.removeAttribute("aria-busy")));

  // --- waiting for htmx: the line at the top of the page ----------------------------------------------------------------

  let waiting = 0;
  const wait = (change) => {
    waiting = Math.max(0, waiting + change);
    root.toggleAttribute("data-busy", waiting > 0);
  };
  const isQuiet = (event) => event.target.closest?.("[data-quiet]");
  document.addEventListener("htmx:beforeRequest", (event) => isQuiet(event) || wait(1));
  document.addEventListener("htmx:afterRequest", (event) => isQuiet(event) || wait(-1));

  document.addEventListener("htmx:sendError", () => toast("The portal cannot be reached. Check your connection and try again."));
  document.addEventListener("htmx:responseError", (event) => {
    const text = { 403: "Your role does not allow this.", 404: "This is no longer there. Reload the page." }[event.detail.xhr.status];
    toast(text || "That did not work. Nothing was changed; please try again.");
  });

  const toast = (text) => {
    const copy = document.getElementById("toast-failed").content.cloneNode(true);
    copy.querySelector("p").textContent = text;
    document.getElementById("toasts").append(copy);
  };

  // --- what is left empty in a search does not stand in the address -------------------------------------------------------

  document.addEventListener("htmx:configRequest", (event) => {
    if (event.detail.verb !== "get" || !event.target.closest("[role=search]")) return;
    [...event.detail.formData].filter(([, value]) => value === "").forEach(([name]) => event.detail.formData.delete(name));
  });

  // --- ticking rows -----------------------------------------------------------------------------------------------------

  const showTicked = (group) => {
    const boxes = [...group.querySelectorAll("[data-tick]:not(:disabled)")];
    const ticked = boxes.filter((box) => box.checked).length;
    group.querySelectorAll("[data-tick-all]").forEach((box) => {
      box.checked = ticked > 0 && ticked === boxes.length;
      box.indeterminate = ticked > 0 && ticked < boxes.length;
    });
    group.querySelectorAll("[data-tick-count]").forEach((count) => (count.textContent = ticked));
  };

  let lastTicked;
  on("click", "[data-tick]", (box, event) => {
    const boxes = [...box.closest("[data-ticking]").querySelectorAll("[data-tick]:not(:disabled)")];
    const [from, to] = [boxes.indexOf(lastTicked), boxes.indexOf(box)].sort((a, b) => a - b);
    if (event.shiftKey && from >= 0) boxes.slice(from, to + 1).forEach((other) => (other.checked = box.checked));
    lastTicked = box;
    showTicked(box.closest("[data-ticking]"));
  });

  on("change", "[data-tick-all]", (all_) => {
    const group = all_.closest("[data-ticking]");
    group.querySelectorAll("[data-tick]:not(:disabled)").forEach((box) => (box.checked = all_.checked));
    showTicked(group);
  });

  on("click", "[data-tick-none]", (button) => {
    const group = button.closest("[data-ticking]");
    group.querySelectorAll("[data-tick]").forEach((box) => (box.checked = false));
    showTicked(group);
  });

  whenAdded((added) => new Set(all(added, "[data-tick]").map((box) => box.closest("[data-ticking]"))).forEach((group) => group && showTicked(group)));
  addEventListener("pageshow", () => document.querySelectorAll("[data-ticking]").forEach(showTicked));

  // --- pickers: the button says what is chosen; a click or Enter on an option closes the list, arrow keys leave it open ----

  const showPicked = (pick) => {
    const chosen = [...pick.querySelectorAll(".picker__option:has(:checked) [data-title]")].map((title) => title.textContent);
    const picked = pick.querySelector("[data-picked]");
    picked.textContent = chosen.join(", ") || picked.dataset.blank;
  };

  on("change", "[data-pick] .picker__option input", (input) => showPicked(input.closest("[data-pick]")));
  on("click", "[data-pick] .picker__option", (option, event) => {
    if (event.detail && option.querySelector("[type=radio]")) setTimeout(() => option.closest("[popover]").hidePopover());
  });
  on("keydown", "[data-pick] input", (input, event) => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    if (!input.matches("[type=search]")) input.closest("[popover]").hidePopover();
  });

  // --- placeholders: a click on a field puts it where the cursor was last, or into the first box ---------------------------

  const TAKES_FIELDS = "[data-mapping] :is(textarea, [data-takes-fields], input:is([type=text], [type=email], :not([type])))";
  let lastBox;
  on("focusin", TAKES_FIELDS, (box) => (lastBox = box));
  on("click", "[data-insert]", (button) => {
    const box = (lastBox?.isConnected ? lastBox : document.getElementById(lastBox?.id)) || document.querySelector(TAKES_FIELDS);
    if (!box) return;
    const [from, to] = [box.selectionStart ?? box.value.length, box.selectionEnd ?? box.value.length];
    const end = from + button.dataset.insert.length;
    box.value = box.value.slice(0, from) + button.dataset.insert + box.value.slice(to);
    box.focus();
    if (box.selectionStart !== null) box.setSelectionRange(end, end);
    box.dispatchEvent(new Event("input", { bubbles: true }));
  });

  // --- copying ----------------------------------------------------------------------------------------------------------

  on("click", "[data-copy]", async (button) => {
    const source = button.dataset.copy ? document.querySelector(button.dataset.copy) : button.parentElement.querySelector("pre, code, input, textarea");
    await navigator.clipboard.writeText(source.value ?? source.textContent);
    button.dataset.copied = "";
    const said = button.querySelector("[data-copy-said]");
    if (said) said.textContent = "Copied";
    setTimeout(() => said && (said.textContent = "Copy"), 2000);
  });

  // --- repeated rows: a formset's empty row stands in a <template> -------------------------------------------------------

  on("click", "[data-rows-add]", (button) => {
    const rows = button.closest("[data-rows]");
    const total = rows.querySelector("[name$='-TOTAL_FORMS']");
    const row = document.createElement("div");
    row.innerHTML = rows.querySelector("template").innerHTML.replaceAll("__prefix__", total.value);
    rows.querySelector(".rows").append(...row.children);
    total.value = Number(total.value) + 1;
    rows.querySelector(".rows").lastElementChild.querySelector("input, select, textarea")?.focus();
  });

  on("click", "[data-rows-remove]", (button) => {
    const row = button.closest(".rows__row");
    const mark = row.querySelector("[name$='-DELETE']");
    if (mark) {
      mark.checked = true;
      row.hidden = true;
    } else {
      row.querySelectorAll("input, select, textarea").forEach((control) => (control.value = ""));
      row.hidden = true;
    }
  });

  // --- menus: placed by hand where the browser knows no anchors ----------------------------------------------------------

  if (!CSS.supports("position-area", "block-end")) {
    document.addEventListener("toggle", (event) => {
      const menu = event.target;
      if (event.newState !== "open" || !menu.matches?.(".menu, .tip")) return;
      const opener = document.querySelector(`[popovertarget="${menu.id}"]`)?.getBoundingClientRect();
      if (!opener) return;
      const left = menu.matches(".menu--start") ? opener.left : opener.right - menu.offsetWidth;
      menu.style.setProperty("--menu-left", `${Math.max(8, Math.min(left, innerWidth - menu.offsetWidth - 8))}px`);
      menu.style.setProperty("--menu-top", `${Math.min(opener.bottom, innerHeight - menu.offsetHeight - 8)}px`);
    }, true);
  }
})();

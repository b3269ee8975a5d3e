"""The line icons: drawn on a grid of 24, stroked with the colour of the text around them."""

from __future__ import annotations

from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

ICONS: dict[str, str] = {
    "home": '<path d="M4 11 12 4.5 20 11"/><path d="M6 9.5V19h12V9.5"/><path d="M10 19v-5h4v5"/>',
    "link": '<path d="M10 8H8a4 4 0 0 0 0 8h2"/><path d="M14 8h2a4 4 0 0 1 0 8h-2"/><path d="M9 12h6"/>',
    "unlink": '<path d="M9 8H8a4 4 0 0 0 0 8h1"/><path d="M15 8h1a4 4 0 0 1 0 8h-1"/><path d="m10.5 18 3-12"/>',
    "bridge": '<path d="M2.5 17h19"/><path d="M5 17a7 7 0 0 1 14 0"/><path d="M9 17v-6"/><path d="M15 17v-6"/>',
    "sync": '<path d="M4 9h14"/><path d="m15 5.5 3.5 3.5L15 12.5"/><path d="M20 15H6"/><path d="M9 11.5 5.5 15 9 18.5"/>',
    "plug": '<path d="M9 3.5V8"/><path d="M15 3.5V8"/><path d="M6.5 8h11v3a5.5 5.5 0 0 1-11 0Z"/><path d="M12 16.5v4"/>',
    "folder": '<path d="M3.5 18V6.5a1 1 0 0 1 1-1h4.6l2 2.5h8.4a1 1 0 0 1 1 1v9a1 1 0 0 1-1 1h-15a1 1 0 0 1-1-1Z"/>',
    "users": '<circle cx="9" cy="8.5" r="3.25"/><path d="M3 19c.4-3.3 2.7-5 6-5s5.6 1.7 6 5"/><path d="M15.5 5.5a3.2 3.2 0 0 1 0 6"/>'
    '<path d="M17.5 14.3c2 .6 3.2 2.2 3.5 4.7"/>',
    "user": '<circle cx="12" cy="8" r="3.5"/><path d="M5 19.5c.5-3.7 3.2-5.5 7-5.5s6.5 1.8 7 5.5"/>',
    "task": '<rect x="4" y="4" width="16" height="16" rx="3"/><path d="m8.5 12.3 2.5 2.5 4.7-5.3"/>',
    "clock": '<circle cx="12" cy="12" r="8.25"/><path d="M12 7.5V12l3 2"/>',
    "bell": '<path d="M6 16.5V11a6 6 0 0 1 12 0v5.5l1.5 1.5h-15Z"/><path d="M10 20.5h4"/>',
    "history": '<path d="M4.5 8.5A8.25 8.25 0 1 1 3.75 12"/><path d="M4 4.5v4h4"/><path d="M12 8v4.3l2.8 1.7"/>',
    "settings": '<path d="M4 7h9"/><path d="M17 7h3"/><circle cx="15" cy="7" r="2"/><path d="M4 17h3"/>'
    '<path d="M11 17h9"/><circle cx="9" cy="17" r="2"/>',
    "check": '<path d="m5 12.5 4.5 4.5L19 7.5"/>',
    "cross": '<path d="m6 6 12 12"/><path d="M18 6 6 18"/>',
    "plus": '<path d="M12 5v14"/><path d="M5 12h14"/>',
    "minus": '<path d="M5 12h14"/>',
    "search": '<circle cx="11" cy="11" r="6.25"/><path d="m15.7 15.7 4.3 4.3"/>',
    "filter": '<path d="M4 6.5h16"/><path d="M7 12h10"/><path d="M10 17.5h4"/>',
    "sort": '<path d="M8 5v14"/><path d="m4.5 8.5 3.5-3.5 3.5 3.5"/><path d="M16 19V5"/><path d="m12.5 15.5 3.5 3.5 3.5-3.5"/>',
    "download": '<path d="M12 4v11"/><path d="m7.5 11 4.5 4.5 4.5-4.5"/><path d="M4.5 19.5h15"/>',
    "upload": '<path d="M12 15.5V4.5"/><path d="M7.5 8.5 12 4l4.5 4.5"/><path d="M4.5 19.5h15"/>',
    "external": '<path d="M13.5 4.5h6v6"/><path d="m19 5-8.5 8.5"/><path d="M17.5 14v5.5h-13v-13H10"/>',
    "menu": '<path d="M4 7h16"/><path d="M4 12h16"/><path d="M4 17h16"/>',
    "more": '<path d="M5.5 12h.01"/><path d="M12 12h.01"/><path d="M18.5 12h.01"/>',
    "chevron-down": '<path d="m6 9.5 6 6 6-6"/>',
    "chevron-up": '<path d="m6 14.5 6-6 6 6"/>',
    "chevron-left": '<path d="m14.5 6-6 6 6 6"/>',
    "chevron-right": '<path d="m9.5 6 6 6-6 6"/>',
    "chevrons": '<path d="m8 9.5 4-4 4 4"/><path d="m8 14.5 4 4 4-4"/>',
    "arrow-left": '<path d="M20 12H4.5"/><path d="M10.5 6 4.5 12l6 6"/>',
    "arrow-right": '<path d="M4 12h15.5"/><path d="m13.5 6 6 6-6 6"/>',
    "sun": '<circle cx="12" cy="12" r="3.75"/>'
    '<path d="M12 3v2M12 19v2M3 12h2M19 12h2M5.6 5.6 7 7M17 17l1.4 1.4M5.6 18.4 7 17M17 7l1.4-1.4"/>',
    "moon": '<path d="M19.5 14.2A8 8 0 0 1 9.8 4.5a8 8 0 1 0 9.7 9.7Z"/>',
    "warning": '<path d="M12 4.5 3.5 19.5h17Z"/><path d="M12 10v4.5"/><path d="M12 17h.01"/>',
    "info": '<circle cx="12" cy="12" r="8.25"/><path d="M12 11.5V16"/><path d="M12 8.25h.01"/>',
    "lock": '<rect x="5" y="10.5" width="14" height="9.5" rx="2"/><path d="M8 10.5V8a4 4 0 0 1 8 0v2.5"/>',
    "key": '<circle cx="8" cy="15.5" r="4"/><path d="m11 12.5 8-8"/><path d="m15.5 8 2.5 2.5"/>',
    "play": '<path d="M7.5 5v14l11-7Z"/>',
    "pause": '<path d="M8.5 5.5v13"/><path d="M15.5 5.5v13"/>',
    "trash": '<path d="M4.5 7h15"/><path d="M9.5 7V4.5h5V7"/><path d="m6.5 7 .8 12.5h9.4L17.5 7"/>'
    '<path d="M10.3 11v5"/><path d="M13.7 11v5"/>',
    "edit": '<path d="M4.5 19.5 5.5 15 16 4.5l3.5 3.5L9 18.5Z"/><path d="m13.5 7 3.5 3.5"/>',
    "refresh": '<path d="M19.5 10A8 8 0 0 0 5 8.2L4 10"/><path d="M4 5.5V10h4.5"/>'
    '<path d="M4.5 14A8 8 0 0 0 19 15.8l1-1.8"/><path d="M20 18.5V14h-4.5"/>',
    "building": '<path d="M5.5 20V4.5h9V20"/><path d="M14.5 9.5h4V20"/><path d="M3.5 20h17"/><path d="M8.5 8h3M8.5 12h3M8.5 16h3"/>',
    "bolt": '<path d="M13 3.5 5.5 13.5H11l-.5 7 8-10.5H13Z"/>',
    "list": '<path d="M9 6.5h11M9 12h11M9 17.5h11"/><path d="M4.5 6.5h.01M4.5 12h.01M4.5 17.5h.01"/>',
    "mail": '<rect x="3.5" y="5.5" width="17" height="13" rx="2"/><path d="m4 7.5 8 6 8-6"/>',
    "copy": '<rect x="8.5" y="8.5" width="11" height="11" rx="2"/>'
    '<path d="M15.5 8.5v-2a2 2 0 0 0-2-2h-7a2 2 0 0 0-2 2v7a2 2 0 0 0 2 2h2"/>',
    "eye": '<path d="M2.75 12C5 8 8.2 6 12 6s7 2 9.25 6c-2.25 4-5.45 6-9.25 6s-7-2-9.25-6Z"/><circle cx="12" cy="12" r="2.75"/>',
    "calendar": '<rect x="4" y="5.5" width="16" height="14.5" rx="2"/><path d="M4 10h16M8.5 3.5v4M15.5 3.5v4"/>',
    "sign-out": '<path d="M10 4.5H5.5v15H10"/><path d="M10 12h10"/><path d="m16 8 4 4-4 4"/>',
    "code": '<path d="m8.5 7-5 5 5 5"/><path d="m15.5 7 5 5-5 5"/>',
    "grid": '<rect x="4" y="4" width="6.5" height="6.5" rx="1.5"/><rect x="13.5" y="4" width="6.5" height="6.5" rx="1.5"/>'
    '<rect x="4" y="13.5" width="6.5" height="6.5" rx="1.5"/><rect x="13.5" y="13.5" width="6.5" height="6.5" rx="1.5"/>',
}


def icon_svg(name: str, label: str = "") -> SafeString:
    """An icon as inline SVG: decoration, or with a label an image that is read out."""
    drawing = mark_safe(ICONS[name])  # noqa: S308 - our own drawings
    said = format_html('role="img" aria-label="{}"', label) if label else mark_safe('aria-hidden="true"')
    return format_html('<svg class="icon" viewBox="0 0 24 24" width="20" height="20" {}>{}</svg>', said, drawing)

"""Forms come out in the portal's look, each field with its label, help and errors tied to it."""

from __future__ import annotations

from django import forms
from django.contrib.admin.widgets import AdminDateWidget, AdminSplitDateTime, FilteredSelectMultiple
from django.forms.formsets import formset_factory

from portal.ui.styleguide import SampleForm


class Row(forms.Form):
    name = forms.CharField()


def test_the_widgets_of_the_admin_site_still_render() -> None:
    class AdminForm(forms.Form):
        day = forms.DateField(widget=AdminDateWidget)
        moment = forms.SplitDateTimeField(widget=AdminSplitDateTime)
        many = forms.MultipleChoiceField(widget=FilteredSelectMultiple("things", False))

    assert str(AdminForm()).count("<input") == 3


def test_every_control_has_a_label() -> None:
    form = SampleForm()
    shown = str(form)
    for field in form:
        assert f"<legend>{field.label}" in shown or f'<label for="{field.id_for_label}">{field.label}' in shown, field.name


def test_what_may_be_left_out_says_so() -> None:
    form = SampleForm()
    assert "(optional)" in form["website"].as_field_group()
    assert "(optional)" not in form["name"].as_field_group()


def test_an_error_stands_at_its_field_and_is_tied_to_it() -> None:
    shown = str(SampleForm({"name": ""})["name"].as_field_group())
    assert 'aria-invalid="true"' in shown
    assert 'aria-describedby="id_name_helptext id_name_error"' in shown
    assert 'id="id_name_error"' in shown


def test_an_error_of_the_whole_form_stands_above_it() -> None:
    form = SampleForm({})
    form.add_error(None, "The two dates do not fit.")
    assert 'role="alert"' in str(form).split("The two dates do not fit.")[0]


def test_a_label_cannot_carry_markup() -> None:
    form = SampleForm()
    form.fields["name"].label = "<b>Name</b>"
    assert "&lt;b&gt;Name&lt;/b&gt;" in str(form)


def test_repeated_rows_carry_their_management_form() -> None:
    shown = str(formset_factory(Row, extra=2)(prefix="rows"))
    assert 'name="rows-TOTAL_FORMS" value="2"' in shown
    assert shown.count('class="rows__row"') == 2

"""Forms of what a person asks for: a time and kinds to delete, or something that a person must answer."""

from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from consent.programmes.kinds import CATALOGUE
from consent.programmes.models import Programme
from consent.programmes.scopes import Scope
from consent.rights.models import RequestType

# What a person asks for in words, and a person answers; a deletion is asked for where the data is shown.
ANSWERED = tuple(kind for kind in RequestType if kind != RequestType.DELETION)
LONGEST_MESSAGE = 4_000
# Days outside of these are slips of the keyboard; time zones cannot be reckoned at the ends of the calendar.
DAYS = [MinValueValidator(date(2000, 1, 1)), MaxValueValidator(date(2199, 12, 31))]


def _day() -> forms.DateInput:
    return forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})


def _time() -> forms.TimeInput:
    return forms.TimeInput(format="%H:%M", attrs={"type": "time"})


class ProgrammeField(forms.ModelChoiceField):
    """A programme by its name in addresses."""

    def __init__(self, **options: Any) -> None:
        super().__init__(queryset=Programme.objects.all(), to_field_name="slug", **options)

    def to_python(self, value: Any) -> Programme | None:
        """The programme; a text that no name in PostgreSQL can hold is none of a programme."""
        if isinstance(value, str) and "\x00" in value:
            raise forms.ValidationError(self.error_messages["invalid_choice"], code="invalid_choice")
        found: Programme | None = super().to_python(value)
        return found


class AnswerForm(forms.Form):
    """One answer to one question. The version may be anything: a no always succeeds, whatever it names."""

    programme = ProgrammeField()
    kind = forms.ChoiceField(choices=[(slug, slug) for slug in CATALOGUE])
    answer = forms.ChoiceField(choices=[("allow", "allow"), ("deny", "deny")])
    notice_version = forms.CharField(required=False)
    key = forms.CharField(max_length=40, required=False)

    def clean_notice_version(self) -> int | None:
        """The number of the notice that was shown; None when what was sent is no number of one."""
        text: str = self.cleaned_data["notice_version"]
        return int(text) if text.isdecimal() and len(text) < 9 else None

    def clean_key(self) -> str | None:
        """One key per form and answer: the same press twice is one decision, a change of mind is another."""
        key: str = self.cleaned_data["key"]
        return f"{key}-{self.data.get('answer')}" if key else None


class ScopeForm(forms.Form):
    """A time and kinds of data. Times are the person's own; an empty time means the edge of the day, an empty day no edge."""

    from_day = forms.DateField(label=gettext_lazy("From day"), required=False, widget=_day(), validators=DAYS)
    from_time = forms.TimeField(label=gettext_lazy("From time"), required=False, widget=_time())
    to_day = forms.DateField(label=gettext_lazy("To day"), required=False, widget=_day(), validators=DAYS)
    to_time = forms.TimeField(label=gettext_lazy("To time"), required=False, widget=_time())
    kinds = forms.MultipleChoiceField(
        label=gettext_lazy("Kinds of data"),
        choices=[(kind.slug, kind.label) for kind in CATALOGUE.values()],
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": gettext_lazy("Choose at least one kind of data.")},
    )
    programme = ProgrammeField(required=False, widget=forms.HiddenInput)

    def clean(self) -> dict[str, Any]:
        """A time needs its day, and the end comes after the beginning."""
        given = super().clean() or {}
        for edge in ("from", "to"):
            if given.get(f"{edge}_time") and not given.get(f"{edge}_day") and f"{edge}_day" not in self.errors:
                self.add_error(f"{edge}_day", _("Give the day that this time belongs to."))
        if not self.errors:
            start, end = self._start(), self._end()
            if start and end and start >= end:
                self.add_error("to_day", _("The end must come after the beginning."))
            if start and start > timezone.now():
                self.add_error("from_day", _("This lies ahead. Only what was captured can be deleted."))
        return given

    def scope(self) -> Scope:
        """What was asked for."""
        programme: Programme | None = self.cleaned_data.get("programme")
        return Scope(
            programme_id=programme.pk if programme else None,
            kinds=tuple(self.cleaned_data["kinds"]),
            start=self._start(),
            end=self._end(),
        )

    def _start(self) -> datetime | None:
        day: date | None = self.cleaned_data.get("from_day")
        return _moment(day, self.cleaned_data.get("from_time") or time()) if day else None

    def _end(self) -> datetime | None:
        """An end without a time is the end of its day."""
        day: date | None = self.cleaned_data.get("to_day")
        at: time | None = self.cleaned_data.get("to_time")
        if day is None:
            return None
        return _moment(day, at) if at else _moment(day + timedelta(days=1), time())


class AskForm(forms.Form):
    """Something that a person must answer: a copy, a correction, an objection, a question."""

    type = forms.ChoiceField(
        label=gettext_lazy("What you ask for"), choices=[(kind.value, kind.label) for kind in ANSWERED]
    )
    message = forms.CharField(
        label=gettext_lazy("Your message"),
        help_text=gettext_lazy("Who handles requests reads it. Write nothing here that they should not read."),
        required=False,
        max_length=LONGEST_MESSAGE,
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    programme = ProgrammeField(required=False, widget=forms.HiddenInput)
    kind = forms.ChoiceField(
        choices=[("", ""), *((slug, kind.label) for slug, kind in CATALOGUE.items())],
        required=False,
        widget=forms.HiddenInput,
    )
    key = forms.CharField(max_length=40, required=False, widget=forms.HiddenInput)

    def scope(self) -> Scope:
        """What it is about, where it was asked beside a choice; else everything."""
        programme: Programme | None = self.cleaned_data.get("programme")
        kind: str = self.cleaned_data.get("kind") or ""
        return Scope(programme_id=_id(programme), kinds=(kind,) if kind else None)


def _id(programme: Programme | None) -> UUID | None:
    return programme.pk if programme else None


def _moment(day: date, at: time) -> datetime:
    """This day and time where the person is."""
    return timezone.make_aware(datetime.combine(day, at))

"""What a receipt says, in words and in order: for the printed form and for the page that shows it.

Words come from the signed document alone, so that no rendering can say what was not signed.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.utils import formats, timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from consent.legible import visible

from .models import Receipt, StatementType
from .vocabulary import STATUS


class Varying(str):
    """A line that differs between receipts that are otherwise alike, such as a number, a name or a time: a form leaves it blank."""


@dataclass(frozen=True)
class Row:
    """One line of a sheet; `exact` are numbers and digests, to be set in type in which no two signs look alike."""

    label: str
    lines: tuple[str, ...]
    exact: bool = False


@dataclass(frozen=True)
class Section:
    """Rows that belong together."""

    heading: str
    rows: tuple[Row, ...]


@dataclass(frozen=True)
class Sheet:
    """A receipt in words."""

    title: str
    lead: str
    sections: tuple[Section, ...]


def sheet_of(receipt: Receipt) -> Sheet:
    """The receipt in words, in the language and time zone that are active."""
    document = _legible(json.loads(bytes(receipt.document)))
    return _MAKERS[StatementType(document["type"])](document)


def _legible(value: Any) -> Any:
    """The document with nothing hidden in its texts: what people read is what was signed, character by character."""
    if isinstance(value, str):
        return visible(value)
    if isinstance(value, list):
        return [_legible(each) for each in value]
    if isinstance(value, dict):
        return {name: _legible(each) for name, each in value.items()}
    return value


def moment(text: str) -> Varying:
    """A time of a statement as people write it, with the zone: 10 November 2026, 10:00 CET."""
    local = timezone.localtime(datetime.fromisoformat(text))
    return Varying(f"{formats.date_format(local, 'j F Y, H:i')} {local.tzname()}")


def day(text: str) -> str:
    """A date as people write it."""
    return formats.date_format(date.fromisoformat(text), "j F Y")


def _decision(document: Mapping[str, Any]) -> Sheet:
    records = document["body"]["dpv:hasRecordOfActivity"]
    first = records[0]
    if len(records) == 1:
        lead = _LEADS[_state(first)]() % {
            "controller": first["dpv:hasDataController"]["dpv:hasName"],
            "kind": _data(first)["dct:title"],
            "programme": first["dpv:hasProcess"]["dpv:hasService"]["dct:title"],
        }
    else:
        lead = _LEADS_OF_SEVERAL.get(document["state"], _made_several)() % {
            "controller": first["dpv:hasDataController"]["dpv:hasName"],
            "count": len(records),
        }
    sections = [Section("", _about(document))]
    for record in records:
        heading = _data(record)["dct:title"] if len(records) > 1 else ""
        sections.append(Section(heading, tuple(_rows_of_record(record))))
    return Sheet(title=_("Receipt of a choice"), lead=lead, sections=tuple(sections))


_LEADS = {
    "given": lambda: _(
        "The person below allowed %(controller)s to capture “%(kind)s” for the programme “%(programme)s”."
    ),
    "refused": lambda: _(
        "The person below did not allow %(controller)s to capture “%(kind)s” for the programme “%(programme)s”."
    ),
    "withdrawn": lambda: _(
        "The person below withdrew what allowed %(controller)s to capture “%(kind)s” for the programme “%(programme)s”."
    ),
    "revoked": lambda: _(
        "%(controller)s ended what the person below had chosen about “%(kind)s” for the programme “%(programme)s”."
    ),
    "expired": lambda: _(
        "What the person below had allowed about “%(kind)s” for the programme “%(programme)s” has expired."
    ),
    "invalidated": lambda: _(
        "What the person below had chosen about “%(kind)s” for the programme “%(programme)s” does not hold any more."
    ),
}


def _made_several() -> str:
    return _("The person named here made the %(count)d choices below.")


_LEADS_OF_SEVERAL = {
    "withdrawn": lambda: _("The person named here withdrew the %(count)d consents below, in one act."),
    "revoked": lambda: _("%(controller)s ended the %(count)d consents below of the person named here, in one act."),
    "expired": lambda: _("The %(count)d consents below of the person named here have expired."),
    "invalidated": lambda: _("The %(count)d consents below of the person named here do not hold any more."),
}


def _rows_of_record(record: Mapping[str, Any]) -> Iterable[Row]:
    process, event, notice = record["dpv:hasProcess"], record["dpv:hasConsentStatus"], record["dpv:hasNotice"]
    controller = record["dpv:hasDataController"]
    location, period, deletion = process["dpv:hasStorageCondition"]
    refusing, lasting = process["dpv:hasConsequence"]
    days = int(period["dpv:hasDuration"]["rdf:value"][1:-1])
    yield Row(_("Decision"), (_states()[_state(record)],))
    yield Row(_("Decided"), (moment(event["dpv:isIndicatedAtTime"]), _channel(event["dpv:hasIndicationMethod"])))
    yield Row(_("What it is about"), (f"{_data(record)['dct:title']}: {', '.join(_data(record)['candor:fields'])}",))
    yield Row(_("Purpose"), (process["dpv:hasPurpose"]["dct:description"],))
    yield Row(_("Which system it feeds"), (process["candor:feeds"],))
    yield Row(_("Who receives it"), tuple(_recipient(each) for each in process["dpv:hasRecipient"]))
    yield Row(_("Whether people look"), (_review(process["candor:humanReview"]),))
    if "candor:automatedDecisions" in process:
        yield Row(_("What software decides alone"), (process["candor:automatedDecisions"],))
    yield Row(_("Kept for"), (ngettext("%(days)s day", "%(days)s days", days) % {"days": days},))
    yield Row(_("Where it is stored"), (_stored_in(location),))
    if "dpv:hasTechnicalOrganisationalMeasure" in process:
        yield Row(_("Outside Europe"), (process["dpv:hasTechnicalOrganisationalMeasure"]["dct:description"],))
    if deletion["dpv:hasDuration"]["@type"] == "dpv:UntilTimeDuration":
        yield Row(_("What was recorded is deleted on"), (moment(deletion["dpv:hasDuration"]["rdf:value"]),))
    yield Row(_("What refusing means"), (refusing["dct:description"],))
    yield Row(_("What cannot be taken back"), (lasting["dct:description"],))
    yield Row(_("Legal basis"), (_("Consent (GDPR Article 6(1)(a)), asked for by %(controller)s") % {
        "controller": controller["dpv:hasName"]},))  # fmt: skip
    yield Row(
        _("Notice that was shown"), (notice["@id"], f"sha-256 {grouped(notice['candor:textSha256'])}"), exact=True
    )
    yield Row(_("Controller"), (controller["dpv:hasName"], controller["dpv:hasAddress"], _contact(controller)))
    yield Row(_("To change it"), (record["dpv:hasConsentControl"]["dpv:isExercisedAt"],))


def _about(document: Mapping[str, Any]) -> tuple[Row, ...]:
    """Number, person and time: the head of every sheet."""
    subject = document["subject"]
    return (
        Row(_("Number"), (Varying(document["number"]),), exact=True),
        Row(_("Person"), (Varying(_("%(name)s, reference %(reference)s") % subject),)),
        Row(_("Issued"), (moment(document["issued_at"]),)),
    )


def _request(document: Mapping[str, Any]) -> Sheet:
    body = document["body"]
    rows = [
        Row(_("Request"), (Varying(body["request"]),), exact=True),
        Row(_("What was asked for"), (body["request_label"],)),
        Row(_("Received"), (moment(body["received_at"]),)),
        Row(_("Answered at the latest on"), (moment(body["due_at"]), _("One month by law (GDPR Article 12(3))."))),
        *_scope_rows(body["scope"]),
    ]
    lead = _("We received the request below. We answer it by the day below at the latest.")
    return Sheet(_("Receipt of a request"), lead, (Section("", _about(document)), Section("", tuple(rows))))


def _hold(document: Mapping[str, Any]) -> Sheet:
    body = document["body"]
    rows = [
        Row(_("Request"), (Varying(body["request"]),), exact=True),
        Row(_("Received"), (moment(body["received_at"]),)),
        Row(_("Waiting since"), (moment(body["held_since"]),)),
        Row(_("Why"), (body["why"],)),
        Row(_("Legal basis"), (_("Establishment, exercise or defence of legal claims (GDPR Article 17(3)(e))"),)),
        *_scope_rows(body["scope"]),
    ]
    lead = _("The deletion below has to wait. It goes on by itself as soon as the reason ends.")
    return Sheet(_("Notice of a deletion on hold"), lead, (Section("", _about(document)), Section("", tuple(rows))))


def _certificate(document: Mapping[str, Any]) -> Sheet:
    body = document["body"]
    searched = [each for each in body["places"] if each["how"] == "searched"]
    confirmed = [each for each in body["places"] if each["how"] != "searched"]
    rows = [
        Row(_("Request"), (Varying(body["request"]),), exact=True),
        Row(_("Asked"), (moment(body["received_at"]),)),
        Row(_("Unreadable since"), (moment(body["unreadable_since"]),)),
        Row(_("Finished"), (moment(body["finished_at"]),)),
        Row(_("What was deleted"), (_counts(body["by_kind"]),)),
        *_scope_rows(body["scope"]),
        Row(_("Deleted and searched by us"), tuple(_place(each) for each in searched)),
        Row(_("Confirmed by"), tuple(_place(each) for each in confirmed)),
        Row(_("Keys"), tuple(body["keys"])),
        Row(_("What remains or cannot be undone"), tuple(body["residuals"])),
        Row(_("What we keep, and why"), (body["kept"],)),
    ]
    removed = formats.number_format(body["removed"], force_grouping=True)
    lead = ngettext(
        "We deleted %(count)s record about the person below. Nobody could read it from %(time)s.",
        "We deleted %(count)s records about the person below. Nobody could read them from %(time)s.",
        body["removed"],
    ) % {"count": removed, "time": moment(body["unreadable_since"])}
    said = tuple(row for row in rows if any(row.lines))
    return Sheet(_("Certificate of deletion"), lead, (Section("", _about(document)), Section("", said)))


def _completion(document: Mapping[str, Any]) -> Sheet:
    body = document["body"]
    until = body["keystore_backups_until"]
    rows = [
        Row(_("Request"), (body["request"],), exact=True),
        Row(_("Certificate"), (body["certificate"],), exact=True),
        Row(_("Unreadable since"), (moment(body["unreadable_since"]),)),
        Row(_("Unrecoverable since"), (moment(body["unrecoverable_since"]),)),
        *_scope_rows(body["scope"]),
        Row(_("Keys that were destroyed"), tuple(body["epochs"]), exact=True),
        Row(_("Backups of the keys are kept until"), (moment(until),) if until else ()),
        Row(_("What remains or cannot be undone"), tuple(body["residuals"])),
    ]
    lead = _("What was deleted on request %(request)s cannot be restored from the database or its backups since %(time)s.") % {
        "request": body["request"], "time": moment(body["unrecoverable_since"])}  # fmt: skip
    said = tuple(row for row in rows if any(row.lines))
    return Sheet(_("Completion of a deletion"), lead, (Section("", _about(document)), Section("", said)))


def _export(document: Mapping[str, Any]) -> Sheet:
    body = document["body"]
    rows = [
        Row(_("Export"), (body["export"],), exact=True),
        Row(_("Purpose"), (body["purpose"],)),
        Row(_("Programme"), (body["programme"] or _("Every programme"),)),
        Row(_("From"), (moment(body["from"]),)),
        Row(_("To"), (moment(body["to"]),)),
        Row(_("Rows"), (formats.number_format(body["rows"], force_grouping=True),)),
        Row(_("Names"), (_named(body),)),
        Row(_("Files"), tuple(f"{name} {digest}" for name, digest in sorted(body["files"].items())), exact=True),
    ]
    lead = _("Decisions were exported as evidence on %(time)s.") % {"time": moment(body["exported_at"])}
    return Sheet(_("Manifest of an export"), lead, (Section("", _about(document)), Section("", tuple(rows))))


_MAKERS = {
    StatementType.DECISION: _decision,
    StatementType.REQUEST: _request,
    StatementType.HOLD: _hold,
    StatementType.CERTIFICATE: _certificate,
    StatementType.COMPLETION: _completion,
    StatementType.EXPORT: _export,
}


def grouped(digest: str) -> str:
    """A digest in groups of eight, as people compare it."""
    return " ".join(digest[start : start + 8] for start in range(0, len(digest), 8))


def _scope_rows(scope: Mapping[str, Any]) -> Iterable[Row]:
    yield Row(_("Programme"), (scope["programme"] or _("Every programme"),))
    yield Row(_("Kinds of data"), (", ".join(scope["kinds"]) if scope["kinds"] else _("Every kind"),))
    start = moment(scope["from"]) if scope["from"] else _("the beginning")
    end = moment(scope["to"]) if scope["to"] else _("the time of the request")
    yield Row(_("Period"), (_("from %(start)s to %(end)s") % {"start": start, "end": end},))


def _counts(by_kind: Mapping[str, int]) -> str:
    """The most first: canonical JSON keeps no order of names."""
    ordered = sorted(by_kind.items(), key=lambda each: (-each[1], each[0]))
    return " · ".join(f"{kind} {formats.number_format(count, force_grouping=True)}" for kind, count in ordered)


def _place(place: Mapping[str, Any]) -> str:
    return f"{place['name']}: {place['proof']} ({moment(place['at'])})"


def _named(body: Mapping[str, Any]) -> str:
    if not body["named"]:
        return _("None: pseudonyms made for this export")
    return _("With names, agreed to by %(who)s") % {"who": body["approved_by"]}


def _data(record: Mapping[str, Any]) -> Mapping[str, Any]:
    data: Mapping[str, Any] = record["dpv:hasProcess"]["dpv:hasPersonalData"]
    return data


def _state(record: Mapping[str, Any]) -> str:
    wanted = record["dpv:hasConsentStatus"]["@type"]
    return next(state for state, term in STATUS.items() if term == wanted)


def _states() -> dict[str, str]:
    return {
        "given": _("Allowed"),
        "refused": _("Not allowed"),
        "withdrawn": _("Withdrawn"),
        "revoked": _("Ended by the employer"),
        "expired": _("Expired"),
        "invalidated": _("No longer valid"),
    }


def _channel(term: str) -> str:
    words = {
        "candor:channel-portal": _("in the portal"),
        "candor:channel-api": _("through the API"),
        "candor:channel-paper": _("on paper, written down by HR"),
        "candor:channel-phone": _("by phone, written down by HR"),
        "candor:channel-system": _("by rule"),
        "candor:channel-demonstration": _("in the demonstration"),
    }
    return words.get(term, term)


def _recipient(recipient: Mapping[str, Any]) -> str:
    parts = [recipient["dpv:hasName"], recipient.get("dct:description", "")]
    if recipient["@type"] == "dpv:ThirdParty":
        parts.append(_("outside the company"))
    if "dpv:hasLocation" in recipient:
        parts.append(recipient["dpv:hasLocation"].removeprefix("loc:"))
    return ", ".join(part for part in parts if part)


def _stored_in(location: Mapping[str, Any]) -> str:
    """In words with the countries; receipts from before notices said it name one country alone."""
    said = location["dpv:hasLocation"]
    countries = ", ".join(term.removeprefix("loc:") for term in ([said] if isinstance(said, str) else said))
    words = location.get("dct:description")
    return f"{words} ({countries})" if words else countries


def _review(review: Mapping[str, Any]) -> str:
    words = {
        "none": _("No person looks at it"),
        "sample": _("People look at a sample"),
        "all": _("People look at all of it"),
    }[review["rdf:value"]]
    return f"{words}: {review['dct:description']}" if review["dct:description"] else words


def _contact(controller: Mapping[str, Any]) -> str:
    return str(controller["schema:contactPoint"]["schema:email"])

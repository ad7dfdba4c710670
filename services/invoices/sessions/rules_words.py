"""The session in words, English and Italian: the status line of the warehouse screen, and why a button is off.

Pure. The console has its own texts for codes; these are for REST clients, the CLI and mails.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.invoices.sessions.rules import State

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

_STATUS = {
    "en": {
        State.NONE: "No session for {date} yet: the day's file has not been imported",
        State.READY: "Session ready for {date} - {total} shipments can be sent",
        State.OPENING: "Session opening for {date} - {total} shipments are being sent",
        State.OPEN: "Session opened for {date} - {processed} shipments processed out of {total} total",
        State.FAILED: "Session failed for {date} - {processed} shipments processed out of {total} total",
        State.CLOSED: "Session closed for {date} - {processed} shipments processed out of {total} total",
    },
    "it": {
        State.NONE: "Nessuna sessione per il {date}: il file del giorno non è ancora stato importato",
        State.READY: "Sessione pronta per il {date} - {total} spedizioni da inviare",
        State.OPENING: "Sessione in apertura per il {date} - {total} spedizioni in corso di invio",
        State.OPEN: "Sessione aperta per il {date} - {processed} spedizioni elaborate su {total} totali",
        State.FAILED: "Sessione non riuscita per il {date} - {processed} spedizioni elaborate su {total} totali",
        State.CLOSED: "Sessione chiusa per il {date} - {processed} spedizioni elaborate su {total} totali",
    },
}

_WHY = {
    "en": {
        "no_session": "There is no session today yet; it appears when the day's file is imported.",
        "already_started": "Today's session has been started already.",
        "not_retryable": "The file was delivered, so it can't be sent again; close the session, or have it confirmed.",
        "closed": "Today's session is closed.",
        "closing": "The session closes as soon as the file that is being delivered has arrived.",
        "incomplete": "Not all shipments are processed yet; closing now has to be confirmed.",
        "session_started": "Today's session has been started; files for it can't be added any more.",
        "shadow_mode": "Shadow mode is on: another application does the work, and nothing is sent from here.",
    },
    "it": {
        "no_session": "Oggi non c'è ancora una sessione; appare quando il file del giorno viene importato.",
        "already_started": "La sessione di oggi è già stata avviata.",
        "not_retryable": "Il file è stato consegnato e non può essere reinviato; chiudere la sessione o confermarla.",
        "closed": "La sessione di oggi è chiusa.",
        "closing": "La sessione si chiude appena il file in consegna è arrivato.",
        "incomplete": "Non tutte le spedizioni sono state elaborate; la chiusura va confermata.",
        "session_started": "La sessione di oggi è già stata avviata; non si possono più aggiungere file.",
        "shadow_mode": "La modalità ombra è attiva: lavora un'altra applicazione, da qui non si invia nulla.",
    },
}


def language(accept_language: str) -> str:
    """The first language of an Accept-Language header that we speak; English when there is none."""
    for part in accept_language.split(","):
        tag = part.split(";")[0].strip().lower().split("-")[0]
        if tag in _STATUS:
            return tag
    return "en"


def status(state: State, *, day: date, processed: int, total: int, locale: str = "en") -> str:
    """The status line: `Session opened for 2026-11-20 - 123 shipments processed out of 12345 total`."""
    return _STATUS[locale][state].format(date=day.isoformat(), processed=processed, total=total)


def why(code: str | None, locale: str = "en") -> str | None:
    """Why a button is off, as a sentence."""
    return None if code is None else _WHY[locale][code]


_REFUSALS = {
    "no_session": "There is no session for {business_date} yet: the day's file has not been imported.",
    "already_started": "The session of {business_date} was already started by {by} at {at}.",
    "closed": "The session of {business_date} was closed by {by} at {at}.",
    "incomplete": "Only {processed} of {total} shipments are processed; close with force to close all the same.",
    "not_retryable": "The session failed after its file was delivered ({reason}); it is not sent again.",
    "not_confirmable": "Only a session that failed after its file was delivered can be confirmed by hand.",
    "shadow_mode": "Shadow mode is on: another application does the work, and nothing is sent from here.",
}


def refusal(code: str, facts: Mapping[str, object]) -> str:
    """Why an action was refused, with the names and numbers of the day."""
    return _REFUSALS[code].format_map(facts)

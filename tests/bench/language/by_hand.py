"""A loop over transcripts, lines and entries with the module re, by the definitions of docs/definitions.md."""

import hashlib
import re
from pathlib import Path

import polars as pl

from lake.lexicons import read_lexicons
from schemas.folding import FOLDS

LEXICONS = Path(__file__).resolve().parents[3] / "policies" / "lexicons"
HAN = re.compile(
    "[\u2e80-\u2fd5\u3005\u3007\u3021-\u3029\u3038-\u303b\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufad9\U00020000-\U000323af]"
)
LINE_END = re.compile("\r\n|[\n\r\x85\u2028\u2029]")
QUOTED = r"""[ :,]*(?:"[^"]*"|'(?:[a-z]'[a-z]|[^'])*')"""


class Screen:
    """All that is looked for, ready for one line after the other."""

    def __init__(self, lexicons) -> None:
        table = dict(FOLDS)
        for lexicon in lexicons:
            table |= lexicon.variants
        self.table = str.maketrans(table)
        bare = str.maketrans({key: value for key, value in table.items() if not "A" <= key <= "Z"})
        self.labels = {}
        self.cues, self.phrases, self.patterns, self.negations = [], [], [], []
        for number, lexicon in enumerate(lexicons):
            self.labels = {
                self.folded(label): speaker for label, speaker in lexicon.speakers.by_label().items()
            } | self.labels
            self.cues += map(self.folded, lexicon.quotation_cues)
            self.negations.append(
                (
                    [self.spoken(word) for word in lexicon.negation.words],
                    [self.spoken(end) for end in lexicon.negation.ends],
                    max(map(len, lexicon.negation.ends), default=0),
                    lexicon.negation.reach_characters,
                )
            )
            for group in lexicon.groups.values():
                for phrase in group.phrases:
                    self.phrases.append((self.folded(phrase), group.language_code, phrase, number))
                for pattern in group.patterns:
                    whole = re.compile(pattern.regex.translate(bare))
                    self.patterns.append((whole, pattern.not_after, group.language_code, pattern.name, number))
        listed = "|".join(map(re.escape, sorted(self.labels, key=len, reverse=True)))
        self.label = re.compile(f" *({listed}) *:")
        self.quotations = re.compile(f"(?:{'|'.join(self.spoken(cue) for cue in self.cues)}){QUOTED}")

    def folded(self, text):
        return text.translate(self.table)

    def spoken(self, word):
        """A word as an expression; Latin ones stand alone."""
        word = self.folded(word)
        begins = r"\b" if word[0].isascii() and word[0].isalnum() else ""
        ends = r"\b" if word[-1].isascii() and word[-1].isalnum() else ""
        return begins + re.escape(word) + ends

    def found_in(self, transcript):
        """(turn_no, offset_characters, language_code, phrase, speaker_code, is_negated, is_quoted) of each place."""
        speaker = "unknown"
        for turn_no, line in enumerate(LINE_END.split(transcript), start=1):
            text = self.folded(line)
            if said := self.label.match(text):
                speaker = self.labels[said[1]]
            if speaker in ("collector", "unknown"):
                squeezed, places = squeeze(text)
                for start, end, code, phrase, number in self.kept(squeezed):
                    yield (
                        turn_no,
                        places[start],
                        code,
                        phrase,
                        speaker,
                        self.is_negated(squeezed[:start], number),
                        any(q.start() <= start and end <= q.end() for q in self.quotations.finditer(squeezed)),
                    )

    def kept(self, text):
        spans = []
        for order, (phrase, code, name, number) in enumerate(self.phrases):
            start = text.find(phrase)
            while start >= 0:
                end = start + len(phrase)
                if not parted(text, start) and not parted(text, end):
                    spans.append((code, start, -end, order, name, number))
                start = text.find(phrase, start + 1)
        for order, (pattern, not_after, code, name, number) in enumerate(self.patterns, start=len(self.phrases)):
            spans += [
                (code, place.start(), -place.end(), order, name, number)
                for place in pattern.finditer(text)
                if place.start() == 0 or text[place.start() - 1] not in not_after
            ]
        kind, until = None, 0
        for code, start, end, _, name, number in sorted(spans):
            if code != kind or start >= until:
                kind, until = code, -end
                yield start, -end, code, name, number

    def is_negated(self, before, number):
        words, ends, longest_end, reach = self.negations[number]
        before = before[max(0, len(before) - reach - longest_end) :]
        stops = [(place.start(), place.end()) for end in ends for place in re.finditer(end, before)]
        before = before[max(stops, default=(0, 0))[1] :]
        before = before[max(0, len(before) - reach) :]
        return any(re.search(word, before) for word in words)


def parted(text, place):
    return 0 < place < len(text) and all(one.isascii() and one.isalnum() for one in text[place - 1 : place + 1])


def squeeze(text):
    """Text without blanks between Chinese characters and with single ones elsewhere, and each character's place."""
    kept, places = [], []
    for piece in re.finditer(" +|[^ ]", text):
        if piece[0][0] != " ":
            kept.append(piece[0])
            places.append(piece.start())
            continue
        before, after = text[piece.start() - 1 : piece.start()], text[piece.end() : piece.end() + 1]
        if not (HAN.fullmatch(before) and HAN.fullmatch(after)):
            kept.append(" ")
            places.append(piece.end() - 1)
    return "".join(kept), places


def load(folder: Path, _engine: str):
    return pl.read_parquet(folder / "transcripts.parquet"), read_lexicons(LEXICONS, ("zh", "en"))


def run(loaded):
    transcripts, lexicons = loaded
    screen = Screen(lexicons)
    return [
        (contact_id, *place)
        for contact_id, transcript in transcripts.select("contact_id", "transcript").iter_rows()
        for place in screen.found_in(transcript)
    ]


def answer(loaded, places):
    return len(loaded[0]), {"found": len(places), "places": hashlib.sha256(repr(sorted(places)).encode()).hexdigest()}

"""The small breakages that a C text offers: where, what kind, and what stands there afterwards.

Knows nothing of builds and tests.  Finds its places by the text alone, so a few do not compile;
whoever tries them leaves these out.
"""
import bisect
import dataclasses
import re

# A call whose loss no test can show, or only a test of the log: neither is a place to break.
QUIET = (r"ensure\w*|log_\w+|trace\w*|crash_point|close|\w*free|\w+_fini|va_(?:start|end)"
         r"|explicit_bzero|sodium_memzero")
KEYWORDS = r"if|while|for|switch|return|sizeof|do|else|case|goto"

BLANKED = re.compile(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\''
                     r"|^[ \t]*#(?:[^\n]*\\\n)*[^\n]*", re.S | re.M)
COMPARISON = re.compile(r"(?<![<>=!+\-*/%&|^])(==|!=|<=|>=|<|>)(?![<>=])")
TURNED = {"==": "!=", "!=": "==", "<": "<=", "<=": "<", ">": ">=", ">=": ">"}
JOINT = re.compile(r"&&|\|\|")
NUMBER = re.compile(r"(?<![\w.])(\d+)([uUlL]*)(?![\w.])")
CONDITION = re.compile(r"\bif\s*\(")
TRUTH = re.compile(r"\breturn\s+(true|false)\s*;")
CALL = re.compile(rf"(?<=[;{{}}):])\s*\n[ \t]+((?!(?:{KEYWORDS}|{QUIET})\b)\w+)\s*\(|"
                  rf"\belse\s*\n[ \t]+((?!(?:{KEYWORDS}|{QUIET})\b)\w+)\s*\(")
ASIDE = re.compile(rf"\b(?:{QUIET}|static_assert|_Static_assert|__attribute__)\s*\(")
ARRAY = re.compile(r"^\s+(?:static\s+|const\s+|struct\s+|unsigned\s+)*\w+\s+\**\w+\[", re.M)


@dataclasses.dataclass(frozen=True)
class Breakage:
    """Put `after` in the place of `before` at `at`."""
    at: int
    line: int
    kind: str
    before: str
    after: str

    def applied(self, text):
        end = self.at + len(self.before)
        assert text[self.at:end] == self.before
        return text[:self.at] + self.after + text[end:]


def blanked(text):
    """The text with comments, literals and preprocessor lines as blanks: offsets stay."""
    return BLANKED.sub(lambda m: re.sub(r"[^\n]", " ", m.group()), text)


def closing(text, opened):
    """The offset of the parenthesis that closes the one at `opened`; -1 if none does."""
    depth = 0
    for at in range(opened, len(text)):
        if text[at] == "(":
            depth += 1
        elif text[at] == ")":
            depth -= 1
            if depth == 0:
                return at
    return -1


def aside(code):
    """The ranges where a breakage could show in no test: promises to oneself, and the log."""
    ranges = []
    for m in ASIDE.finditer(code):
        ranges.append((m.start(), closing(code, m.end() - 1)))
    for m in ARRAY.finditer(code):
        ranges.append((m.end() - 1, code.find("]", m.end())))
    return ranges


def comparisons(text, code):
    for m in COMPARISON.finditer(code):
        # "->" is kept out by the pattern; a type in <> does not exist in C outside #include.
        yield m.start(1), "comparison turned", m.group(1), TURNED[m.group(1)]
    for m in JOINT.finditer(code):
        yield m.start(), "and/or turned", m.group(), "||" if m.group() == "&&" else "&&"


def ones_off(text, code):
    for m in NUMBER.finditer(code):
        if code[max(0, m.start() - 1)] == "{" and code[m.end():m.end() + 1] == "}":
            continue  # {0}: all zeroes, and what is not is set after
        yield m.start(), "one off", m.group(), f"{int(m.group(1), 10) + 1}{m.group(2)}"


def conditions(text, code):
    for m in CONDITION.finditer(code):
        end = closing(code, m.end() - 1)
        if end > 0:
            inner = text[m.end():end]
            yield m.end(), "condition negated", inner, f"!({inner})"
    for m in TRUTH.finditer(code):
        other = "false" if m.group(1) == "true" else "true"
        yield m.start(1), "answer turned", m.group(1), other


def calls(text, code):
    for m in CALL.finditer(code):
        start = m.start(1) if m.group(1) else m.start(2)
        end = closing(code, m.end() - 1)
        if end > 0 and code[end + 1:end + 2] == ";":
            yield start, "call dropped", text[start:end + 1], ""


def breakages(text):
    """All of a text, in the order of their places."""
    code = blanked(text)
    ranges = aside(code)
    starts = [m.end() for m in re.finditer("\n", text)]
    found = []
    for make in (comparisons, ones_off, conditions, calls):
        for at, kind, before, after in make(text, code):
            if not any(start <= at <= end for start, end in ranges):
                found.append(Breakage(at, bisect.bisect_right(starts, at) + 1, kind, before, after))
    return sorted(found, key=lambda b: (b.at, b.kind))

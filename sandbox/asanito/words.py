"""Whole numbers in Persian words, as cheques and receipts carry them: the sandbox checks `amountInWord` with it."""

ONES = ["", "یک", "دو", "سه", "چهار", "پنج", "شش", "هفت", "هشت", "نه"]
TEENS = ["ده", "یازده", "دوازده", "سیزده", "چهارده", "پانزده", "شانزده", "هفده", "هجده", "نوزده"]
TENS = ["", "", "بیست", "سی", "چهل", "پنجاه", "شصت", "هفتاد", "هشتاد", "نود"]
HUNDREDS = ["", "یکصد", "دویست", "سیصد", "چهارصد", "پانصد", "ششصد", "هفتصد", "هشتصد", "نهصد"]
SCALES = ["", "هزار", "میلیون", "میلیارد", "تریلیون", "کوادریلیون", "کوینتیلیون"]


def in_words(number: int) -> str:
    """12345 is دوازده هزار و سیصد و چهل و پنج, 1000 is یک هزار, 0 is صفر."""
    if number < 0:
        return f"منفی {in_words(-number)}"
    if number == 0:
        return "صفر"
    groups = []
    for scale in SCALES:
        number, group = divmod(number, 1000)
        if group:
            groups.append(f"{_below_thousand(group)} {scale}".strip())
    return " و ".join(reversed(groups))


def _below_thousand(number: int) -> str:
    hundreds, rest = divmod(number, 100)
    tens, ones = divmod(rest, 10)
    parts = [HUNDREDS[hundreds]]
    parts += [TEENS[ones]] if tens == 1 else [TENS[tens], ONES[ones]]
    return " و ".join(part for part in parts if part)


def same_words(written: str, number: int) -> bool:
    """Whether a text says that number. 100 is يكصد or صد; spaces and the word for the currency do not matter."""
    plain = " ".join(written.replace("\u200c", " ").removesuffix("ریال").split())
    wanted = in_words(number)
    return plain.replace("یکصد", "صد") == wanted.replace("یکصد", "صد")

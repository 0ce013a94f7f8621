"""Countries as Mailchimp wants them in an address: two letters, from names, codes and Mailchimp's own numbers."""

import re
from functools import lru_cache
from typing import Final

from source_destination_mailchimp.destination.mapping.spelled_names import (
    GONE,
    SEVERAL,
    spelled_alike,
    table_of_names,
)
from source_destination_mailchimp.destination.mapping.values import Unfit

_NOT_A_COUNTRY: Final = "its country is not recognized"
_SEVERAL_COUNTRIES: Final = "its country is ambiguous: send a two-letter code"
_GONE_COUNTRY: Final = "its country no longer exists"
_TABLE: Final = "countries.tsv"
_LONGEST: Final = 100
_CODE = re.compile(r"[A-Z]{2,3}|[a-z]{2,3}|\d{3}", re.ASCII)
_IN_BRACKETS = re.compile(r"(.*[^\s(\[])\s*[(\[]([^()\[\]]+)[)\]]")
_BETWEEN_NAMES = re.compile(r"[/|,]|\s[-–—]\s")

# The numbers of `options.default_country`, as Mailchimp's own sign-up forms list them [observed in published forms].
_NUMBERS: Final = """
US164 AX286 AF274 AL2 DZ3 AS178 AD4 AO5 AI176 AG175 AR6 AM7 AW179 AU8 AT9 AZ10 BS11 BH12 BD13 BB14 BY15 BE16 BZ17 BJ18
BM19 BT20 BO21 BQ325 BA22 BW23 BV181 BR24 BN180 BG25 BF26 BI27 KH28 CM29 CA30 CV31 KY32 CF33 TD34 CL35 CN36 CX185 CO37
KM204 CG38 CK183 CR268 CI275 HR40 CU276 CW298 CY41 CZ42 CD318 DK43 DJ44 DM289 DO187 EC45 EG46 SV47 GQ48 ER49 EE50 ET51
FK189 FO191 FJ52 FI53 FR54 GF193 PF277 GA56 GM57 GE58 DE59 GH60 GI194 GR61 GL195 GD192 GP196 GU62 GT198 GG270 GN63 GY65
HT200 HN66 HK67 HU68 IS69 IN70 ID71 IR278 IQ279 IE74 IM323 IL75 IT76 JM202 JP78 JE288 JO79 KZ80 KE81 KI203 KW82 KG83
LA84 LV85 LB86 LS87 LR88 LY281 LI90 LT91 LU92 MO208 MK93 MG94 MW95 MY96 MV97 ML98 MT99 MH207 MQ210 MR100 MU212 YT241
MX101 MD102 MC103 MN104 ME290 MS294 MA105 MZ106 MM242 NA107 NP108 NL109 AN110 NC213 NZ111 NI112 NE113 NG114 NU217 NF214
KP272 NO116 OM117 PK118 PW222 PS282 PA119 PG219 PY120 PE121 PH122 PN221 PL123 PT124 QA126 XK315 RE127 RO128 RU129 RW130
KN205 LC206 MF324 VC237 WS132 SM227 ST255 SA133 SN134 RS326 SC135 SL136 SG137 SX302 SK138 SI139 SB223 SO140 ZA141 GS257
KR142 SS311 ES143 LK144 SD293 SR146 SJ225 SZ147 SE148 CH149 SY285 TW152 TJ260 TZ153 TH154 TL233 TG155 TO232 TT234 TN156
TR157 TM158 TC287 UG159 UA161 AE162 GB262 UY163 UZ165 VU239 VA166 VE167 VN168 VG169 VI238 EH188 YE170 ZM173 ZW174
"""
_BY_NUMBER: Final = {int(item[2:]): item[:2] for item in _NUMBERS.split()}


@lru_cache(maxsize=4096)
def country_code(text: str) -> str:
    """Return two letters for a name, or a code of two or three letters or three digits, "" for ""; raises `Unfit`.

    Names are taken in every language of the Unicode CLDR. One that means several countries, or one that is gone, is
    refused: no country is guessed.
    """
    text = text.strip()
    if not text:
        return ""
    found = None
    if len(text) <= _LONGEST:
        found = _named(text) or _in_brackets(text) or _named_twice(text)
    if found is None:
        raise Unfit(_NOT_A_COUNTRY)
    if found == SEVERAL:
        raise Unfit(_SEVERAL_COUNTRIES)
    if found == GONE:
        raise Unfit(_GONE_COUNTRY)
    return found


def default_country(number: int) -> str:
    """Return the country of an address that names none: the one the merge field is set to, else the United States."""
    return _BY_NUMBER.get(number, "US")


def _named(text: str) -> str | None:
    """Return what a code or a name as a whole means: two letters, `SEVERAL` or `GONE`; None for no country."""
    table = table_of_names(_TABLE)
    if _CODE.fullmatch(text):
        code = table.get(text.upper())
        if code:
            return code
    return table.get(spelled_alike(text))


def _in_brackets(text: str) -> str | None:
    """Return the country of "United States (US)" or "Korea (Republic of)"; None where the brackets say another.

    "Samoa (American)" is American Samoa. Other words in brackets are passed over, unless the name in front of them is
    a part of another country's, as Ireland is of Northern Ireland.
    """
    match = _IN_BRACKETS.fullmatch(text)
    if match is None:
        return None
    outside, inside = match[1], match[2].strip()
    turned_round = _named(f"{inside} {outside}")
    if turned_round:
        return turned_round
    country = _named(outside) or _in_brackets(outside)
    other = _named(inside)
    if country is None or other == country:
        return country
    if other is not None or _is_part_of_another(spelled_alike(outside), country):
        return SEVERAL
    return country


def _is_part_of_another(name: str, country: str) -> bool:
    """Return whether a name stands in one of another country's names."""
    return any(name in longer and code != country for longer, code in table_of_names(_TABLE).items())


def _named_twice(text: str) -> str | None:
    """Return the country of "Korea, Republic of", or of "Germany / DE" where both sides mean the same."""
    first, comma, rest = text.partition(",")
    if comma:
        turned_round = _named(f"{rest.strip()} {first.strip()}")
        if turned_round:
            return turned_round
    meanings = {_named(part.strip()) for part in _BETWEEN_NAMES.split(text)}
    if len(meanings) == 1:
        return meanings.pop()
    return None

"""Countries as Mailchimp wants them in an address: two letters, from names, codes and Mailchimp's own numbers."""

from functools import lru_cache
from typing import Final

import pycountry

from source_destination_mailchimp.destination.mapping.values import Unfit

# What people write and the ISO list does not say.
_ALSO: Final = {
    "america": "US",
    "an": "AN",  # no country since 2010, and still one of Mailchimp's
    "brasil": "BR",
    "burma": "MM",
    "cape verde": "CV",
    "danmark": "DK",
    "deutschland": "DE",
    "england": "GB",
    "españa": "ES",
    "espana": "ES",
    "great britain": "GB",
    "holland": "NL",
    "italia": "IT",
    "ivory coast": "CI",
    "kosovo": "XK",
    "republic of kosovo": "XK",
    "macau": "MO",
    "macedonia": "MK",
    "méxico": "MX",
    "nederland": "NL",
    "the netherlands": "NL",
    "norge": "NO",
    "northern ireland": "GB",
    "palestine": "PS",
    "polska": "PL",
    "republic of ireland": "IE",
    "russia": "RU",
    "schweiz": "CH",
    "scotland": "GB",
    "suisse": "CH",
    "suomi": "FI",
    "sverige": "SE",
    "svizzera": "CH",
    "swaziland": "SZ",
    "turkey": "TR",
    "türkei": "TR",
    "u.k.": "GB",
    "u.s.": "US",
    "u.s.a.": "US",
    "uk": "GB",
    "united states of america": "US",
    "wales": "GB",
    "österreich": "AT",
    "xk": "XK",
}

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
    """Return two letters for a name, or a code of two or three letters, "" for ""; raises `Unfit`."""
    text = text.strip()
    if not text:
        return ""
    code = _ALSO.get(text.lower())
    if code:
        return code
    try:
        code = pycountry.countries.lookup(text).alpha_2
    except LookupError:
        raise Unfit("its country is not a country") from None
    return str(code)


def default_country(number: int) -> str:
    """Return the country of an address that names none: the one the merge field is set to, else the United States."""
    return _BY_NUMBER.get(number, "US")

"""Texts with a format: what an argument is likely to hold, guessed from words in names, docstrings and messages."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator
from functools import lru_cache

#: Words, and what a text looks like where one of them stands: well-formed ones first, then some that are not.
_SHAPES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("email|mail|mailbox", ("user@example.com", "Alice <alice.b+tag@mail.example.org>", "user.example.com", "user@localhost", "@example.com")),
    ("url|urls|uri|iri|link|href|urlparse|urlsplit|hyperlink|endpoint", ("https://example.com/path?q=1", "http://user:pw@example.com:8080/a/b.html?x=1&y=2#top", "example.com", "//example.com/a", "/a/../b?x=1", "mailto:user@example.com", "http://[::1]:80/", "http://localhost", "http://example.com:port/", "file:///folder/file.txt", "http://münchen.de/%7Euser", "urn:isbn:0451450523")),
    ("datetime|timestamp|dt|iso8601|rfc3339|isoformat|fromisoformat|when|moment|utc", ("2024-01-15T10:30:00", "2024-01-15T10:30:00Z", "2024-01-15 10:30:00", "2024-01-15T10:30:00.123456+01:00", "20240115T103000Z", "2024-01-15T10:30", "2024-01-15T10:30:00-0500", "Mon, 15 Jan 2024 10:30:00 GMT", "1705314600", "2024-13-45T25:61:61")),
    ("date|dates|day|birthday|isodate|calendar|strptime|week|iso8601", ("2024-01-15", "20240115", "2024-W03-1", "2024W031", "2024-W03", "2024W03", "2024-015", "2024015", "2024-01", "2024", "20", "+0020240115", "+2024-01-15", "15/01/2024", "01/15/24", "15.01.2024", "Jan 15, 2024", "15 January 2024", "today", "2024-02-30", "2024-13-01")),
    ("time|times|clock|hour|isotime", ("10:30:00", "10:30", "103000", "1030", "10", "10:30:00.123", "103000.5", "10:30.5", "10,5", "10:30:00Z", "10:30+01:00", "10:30:00-0530", "T10:30", "24:00", "10:30 PM", "10:30:00 am", "25:61:61")),
    ("tz|tzinfo|timezone|offset|zone|utcoffset|isotzinfo", ("Z", "+01:00", "-05:30", "+0130", "-08", "UTC", "Europe/Berlin", "+00:00", "-00:00", "+25:00", "GMT+1")),
    ("duration|durations|period|timedelta|delta|timeout|elapsed|age|timespan|timeparse|seconds|isoduration|iso8601", ("1h30m", "PT1H30M", "P1Y2M3DT4H5M6S", "P3W", "P1D", "PT0.5S", "P1.5Y", "-P1D", "P0001-02-03T04:05:06", "P00010203T040506", "2 hours", "1d 2h 3m 4s", "01:30:00", "1:30", "90", "1.5h", "5 minutes, 10 seconds", "10ms", "2 weeks", "-1h", "1us2ns", "P", "1h30")),
    ("interval|intervals|repeating|iso8601", ("2024-01-15/2024-02-15", "2024-01-15T10:30:00/PT1H", "P1D/2024-01-15", "R3/2024-01-15/P1D", "R/PT1H/2024-01-15T10:30:00", "2024-01-15--2024-02-15", "2024-01-15/20")),
    ("rrule|recurrence|recur|ical|icalendar", ("FREQ=DAILY;COUNT=3", "FREQ=WEEKLY;BYDAY=MO,WE;INTERVAL=2", "RRULE:FREQ=MONTHLY;BYMONTHDAY=-1;UNTIL=20241231T000000Z", "FREQ=NEVER")),
    ("cron|crontab|schedule|croniter", ("*/5 * * * *", "0 9 * * 1-5", "30 4 1,15 * 5", "0 0 1 1 *", "0 12 * * MON-FRI", "5-10 10-12 * JAN-MAR 0", "@daily", "* * * * * *", "*/30 1 2 3 4 5 2024", "0 0 L * *", "0 0 * * 1#2", "0 0 12 ? * 6L", "0 0 12 15W * ?", "0/15 2,4 * * *", "1 2", "61 * * * *")),
    ("json|jsonl", ('{"a": 1}', "[1, 2.5, null]", '"text"', "true", '{"a": {"b": [1, "x", false]}, "c": "\\u00e9\\n"}', "-1.5e3", "null", "{}", "[]", '{"a": 1', "[1,]", "{'a': 1}")),
    ("pointer|jsonpointer", ("/a/b/0", "", "/a~1b/~0c", "/-", "#/a", "a/b", "/~2")),
    ("ip|ipv4|ips|inet|netaddr|addr|address|cidr|network|subnet|netmask", ("192.168.0.1", "10.0.0.0/8", "192.168.0.1/24", "127.0.0.1", "255.255.255.0", "192.168.0.0/255.255.0.0", "192.168.0.1-192.168.0.9", "10.1", "0x7f000001", "256.1.1.1", "1.2.3.4.5", "01.02.03.04", "10.0.0.0/33")),
    ("ip|ipv6|ips|inet|addr|address|cidr|network|host", ("::1", "2001:db8::8a2e:370:7334", "2001:db8:0:0:0:0:0:1", "::ffff:192.168.0.1", "fe80::1%eth0", "2001:db8::/32", "::", "1::2::3", "12345::1", "2001:db8::g")),
    ("domain|hostname|host|fqdn|dns|tld", ("example.com", "sub.example.co.uk", "localhost", "xn--bcher-kva.example", "münchen.de", "-bad-.com", "example.com:8080", "a..b")),
    ("mac|eui|eui48|oui|ethernet|hwaddr", ("01:23:45:67:ab:cd", "01-23-45-67-AB-CD", "0123.4567.abcd", "0123456789ab", "01:23:45", "01:23:45:67:ab:zz")),
    ("version|versions|semver|release|pep440", ("1.2.3", "1.0.0-rc.1+build.5", "2.0.0a1", "1.0.post1", "1.0.dev0", "v1.2", "1!2.0", "1.2.3-alpha", "1.2", "1", "1.0+local.1", "01.2.3", "1.2.3.4.5", "latest")),
    ("spec|specifier|specifiers|requirement|requirements|constraint|range|marker|match|comparator|dependency", (">=1.0", "==1.2.3", ">=1.0,<2.0", "~=1.4", "^1.2.3", "~1.2", "1.x", "*", "!=1.0", "<=2", "=1", "1.0 - 2.0", ">1 || <3", "requests[security]>=2.8; python_version < '3.8'", "=>1")),
    ("color|colour|colors|hex|rgb|rgba|hsl|css|webcolors", ("#ff8800", "#f80", "red", "rgb(255, 136, 0)", "rgb(100%, 50%, 0%)", "rgba(255, 136, 0, 0.5)", "hsl(32, 100%, 50%)", "ff8800", "#ff880080", "#gggggg", "LightGoldenrodYellow", "rgb(300, 0)")),
    ("size|sizes|filesize|bytes|bytesize|unit|units|quantity|measure|storage|human|bitmath|capacity|memory|length|weight", ("10 MB", "1.5 GiB", "512", "1k", "2KB", "5 bytes", "1,024 B", "10 km", "3.5kg", "-2 m", "1e3 Hz", "12 px", "50%", "MB", "1.2.3 GB", "10 parsecs")),
    ("number|numeric|amount|decimal|num|price|money|currency|float|integer|int|numeral|ordinal|percent", ("12", "3.14", "-5", "1,234.56", "1.234,56", "1e5", "$10.00", "10 EUR", "12%", "1/2", "0x1f", "0b101", "1_000", "+7", "1st", ".5", "twenty-one", "nan", "1,2,3")),
    ("roman|romannumeral", ("XIV", "MCMXC", "iv", "IIII", "ABC")),
    ("path|paths|file|files|filename|dir|directory|folder|pathname|basename|glob", ("folder/file.txt", "file.tar.gz", "/folder", "../up/file.py", "C:\\Users\\me\\file.txt", "~/file", "folder/", ".hidden", "file", "a//b/./c", "*.py", "**/*.txt", "file?.[ch]")),
    ("mime|mimetype|media|accept|content", ("text/html; charset=utf-8", "application/json", "text/*;q=0.5, */*;q=0.1", "image/svg+xml", "text")),
    ("header|headers|http|request|response", ("Content-Type: text/html; charset=utf-8", "GET /path?q=1 HTTP/1.1\r\nHost: example.com\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi", 'attachment; filename="a.txt"', "no colon")),
    ("httpdate", ("Mon, 15 Jan 2024 10:30:00 GMT", "Mon, 15 Jan 2024 10:30:00 -0000", "15 Jan 2024 10:30 +0100", "Mon, 15 Jan")),
    ("disposition|options|http|header|headers", ("text/html; charset=utf-8; q=0.5", "form-data; name*=utf-8''%e2%82%ac; filename*0=\"a\"; filename*1=b", "a; b; c=\"x\\\"y\"", "a;")),
    ("range|ranges|http", ("bytes=0-499", "bytes=-500", "bytes=0-1,5-", "bytes 0-499/1234", "bytes */1234", "bytes 0-9/*", "bytes=5-1")),
    ("cookie|cookies", ("a=1; b=2", 'session="x y"; Path=/; Max-Age=3600; Secure; HttpOnly', "a")),
    ("auth|authorization|credentials", ("Basic dXNlcjpwdw==", "Bearer abc.def.ghi", "user:pw", "Digest username=\"me\", realm=\"x\"")),
    ("query|querystring|params|qs|urlencoded", ("a=1&b=2", "a=1&a=2&c=", "q=x+y%20z", "a[b]=1", "?a=1;b=2", "a")),
    ("csv|tsv|delimited|row|rows|dsv", ("a,b\n1,2\n", '"x, y",2\n"say ""hi""",3', "a;b\n1;2", "a\tb\n1\t2", "a,b\n1")),
    ("ini|cfg|conf|config|configobj|configparser|properties|settings|section", ("[section]\nkey = value\n", "[section]\nkey: value ; note\n# comment\n[[sub]]\nn = 3\nlist = a, b\n", "key = value", 'name = "quoted text"\nmulti = """a\nb"""\n', "[section\nkey", "key value")),
    ("toml|tomlkit|tomli", ("a = 1", "[section]\nkey = 'value'\n", "a = [1, 2]", "a = {b = 1, c = 'x'}", "[[items]]\nname = 'a'\n[[items]]\nname = 'b'\n", "day = 2024-01-15\nat = 2024-01-15T10:30:00Z\ntime = 10:30:00\nlocal = 2024-01-15T10:30:00.5+01:00", "a.b = true # note\n'c d' = -1.5e3\n\"e\" = 1_000\nh = 0xff\no = 0o17\nb = 0b11", 'text = """one\\\n  two\n"""\nraw = \'\'\'x\\y\n\'\'\'\nu = "\\u00e9\\t\\\\"', "a = [\n  1, # one\n  2,\n]\nb = [['x'], [1.5]]\nc = [{d = 1}, {d = 2}]", "f = inf\nn = nan", "[a.b.c]\nd = ''\n[a]\ne = 1", "a = 1\na = 2", "[a]\n[a]", "a = ", "= 1", "a = 'x", "[a", 'a = "\\q"', "a = [1, 'x']", "a = 01")),
    ("yaml|yml|frontmatter", ("a: 1\nb: [x, y]\n", "- a\n- b: 2\n", "---\ntitle: x\n---\nbody\n", "text: |\n  one\n  two\n", "a: 'x", "a: {b: 1}")),
    ("xml|html|markup|svg|dom|sgml|tag|tags|xhtml|soup|xmltodict", ('<root a="1"><item>x</item><item/></root>', "<p>one <b>two</b> &amp; three</p>", "<!-- note --><a href='x'>y</a><br>", "<?xml version='1.0'?><!DOCTYPE r><r><![CDATA[x]]></r>", "<n:a xmlns:n='urn:x'>1</n:a>", "<script>x</script>&lt;&#233;", "<a><b></a>", "a < b")),
    ("markdown|md|rst|markup|textile|wiki", ("# Title\n\nOne *two* **three** `code`\n\n- a\n- b\n", "[text](http://example.com) ![img](a.png)\n> quote\n\n```py\nx\n```\n", "Title\n=====\n\n.. note:: x\n\n1. a\n2. b\n", "| a | b |\n|---|---|\n| 1 | 2 |\n")),
    ("format|fmt|template|templates|placeholder|interpolate|formatter", ("{name} is {age:d}", "%Y-%m-%d", "%s and %d", "{}", "{0!r:>10}", "{a.b[0]:{w}.2f}", "{{x}}", "$name ${other} $$", "%(name)s", "{{ name }}", "{", "%")),
    ("regex|regexp|pattern|patterns", ("a+", "[0-9]+", "(a|b)?c", "^x$", "*.py", "(unclosed")),
    ("encoding|charset|codec|enc", ("utf-8", "ascii", "latin-1", "utf-16", "unknown")),
    ("uuid|guid", ("123e4567-e89b-12d3-a456-426614174000", "{123E4567-E89B-12D3-A456-426614174000}", "urn:uuid:123e4567-e89b-12d3-a456-426614174000", "123e4567")),
    ("md5|sha1|sha256|hash|digest|checksum|hashes", ("d41d8cd98f00b204e9800998ecf8427e", "da39a3ee5e6b4b0d3255bfef95601890afd80709", "sha256:abc", "xyz")),
    ("base64|b64|base32|encoded|b64decode|hexlify|unhexlify", ("aGVsbG8=", "68656c6c6f", "NBSWY3DP", "aGVsbG8", "!!")),
    ("isbn|ean|issn|upc|barcode", ("978-3-16-148410-0", "9783161484100", "0-306-40615-2", "080442957X", "4006381333931", "978-3-16-148410-1")),
    ("iban|bic|swift|bank", ("DE89370400440532013000", "GB82 WEST 1234 5698 7654 32", "DEUTDEFF500", "XX00")),
    ("card|luhn|visa|creditcard|mastercard|amex|pan", ("4111111111111111", "5555 5555 5555 4444", "378282246310005", "4111-1111-1111-1112")),
    ("phone|tel|telephone|msisdn|fax|mobile", ("+1 555-123-4567", "(555) 123-4567", "004930123456", "555-1234 ext. 5", "abc")),
    ("zip|zipcode|postal|postcode", ("12345", "12345-6789", "SW1A 1AA", "K1A 0B1")),
    ("ssn|vat|tin|taxid|nin", ("123-45-6789", "DE136695976", "GB999 9999 73", "12345678Z")),
    ("lat|lon|lng|latitude|longitude|coordinate|coordinates|geo|wkt|gps|dms", ("48.85, 2.35", "POINT (30 10)", "POLYGON ((30 10, 40 40, 20 40, 30 10))", "40°26'46\"N 79°58'56\"W", "91,181")),
    ("country|locale|lang|language|culture", ("US", "de", "en_US", "de-DE", "en_US.UTF-8", "zh-Hans-CN", "xx")),
    ("jwt|jws|jwe", ("eyJhbGciOiJIUzI1NiJ9." "eyJzdWIiOiIxIn0.c2ln", "a.b")),
    ("sql|select|statement|ddl", ("SELECT a, b FROM t WHERE c = 1 ORDER BY a", "INSERT INTO t (a) VALUES ('x''y');", "CREATE TABLE t (a INT PRIMARY KEY)", "SELECT")),
    ("expr|expression|formula|math|calc|calculate|equation|eval|evaluate|tokenize|tokens|arithmetic|lexer", ("1 + 2 * 3", "(1 - 2) / 4", "-2 ** 3", "x == 1 and not y", "max(a, 3.5)", "a.b[0]", "'text' + \"x\"", "a ? b : c", "1 +", "(1")),
    ("dotted|keypath|lookup|glom|jsonpath|xpath|selector|keys|attr", ("a.b.c", "a[0].b", "a.0", "$.store.book[*].title", "//a/b[@c='1']", "div > p.note#x", "a..b")),
    ("range|ranges|pages|slice|slices|span", ("1-3", "1-3,5,7-", "1:10:2", "1..5", "[1,5)", "-3", "5-1", "a-z")),
    ("diff|patch|hunk", ("--- a/x.txt\n+++ b/x.txt\n@@ -1,2 +1,2 @@\n one\n-two\n+three\n", "@@ -1 +1 @@\n-a\n+b\n")),
    ("log|logs|logline|syslog|apache", ('127.0.0.1 - - [10/Oct/2000:13:55:36 -0700] "GET / HTTP/1.0" 200 2326', "2024-01-15 10:30:00,123 ERROR app: failed", "<34>Oct 11 22:14:15 host su: 'su root' failed")),
    ("env|dotenv|environ|envvar", ('A=1\nexport B="x y"\n# note\nC=\'z\' # tail\n', "KEY=value", "$HOME/x ${USER:-me}", "KEY", "=x")),
    ("command|cmd|shell|argv|cli|commandline", ("ls -l 'a b'", "run --name=x -v -- file", 'echo "a" | wc', "it's")),
    ("repo|git|repository|remote|vcs", ("https://github.com/user/repo.git", "git@github.com:user/repo.git", "git+https://example.com/r.git@v1#egg=r", "user/repo", "v1.2.3-4-gabcdef0")),
    ("docker|image|container|oci", ("registry.example.com:5000/team/image:1.0", "image:latest", "team/image@sha256:" + "a" * 64, "Image")),
    ("dsn|database|connection|jdbc|sqlalchemy", ("postgresql://user:pw@localhost:5432/db?ssl=true", "sqlite:///file.db", "host=localhost port=5432", "mysql://localhost")),
    ("wheel|sdist|egg|dist", ("pkg-1.0-py3-none-any.whl", "pkg-1.0.tar.gz", "pkg_name-1.0-1-cp311-cp311-linux_x86_64.whl", "pkg")),
    ("source|code|snippet|script|python|ast|program", ("x = 1\n", "def f(a, b=2):\n    return a + b\n", "class A:\n    '''Doc.'''\n    x: int = 1\n", "import os\nfor i in range(3):\n    print(i)  # note\n", "def f(:")),
    ("docstring|doc|pydoc", ("Short summary.\n\nArgs:\n    x (int): A number.\n\nReturns:\n    str: The text.\n\nRaises:\n    ValueError: if bad.\n", "Short.\n\n:param int x: a number\n:returns: a text\n:rtype: str\n", "Short.\n\nParameters\n----------\nx : int\n    A number.\n\nReturns\n-------\nstr\n")),
    ("dice|roll", ("2d6+3", "d20", "4d6kh3", "2d")),
    ("chemical|molecule|element|smiles|chem", ("H2O", "C6H12O6", "Fe2(SO4)3", "Xx")),
    ("fen|chess|pgn|san", ("rnbqkbnr/pppppppp/8/8/8/8/PPPPPPPP/RNBQKBNR w KQkq - 0 1", "e4", "Nxf3+", "O-O")),
    ("ansi|escape|escapes|terminal|color", ("\x1b[31mred\x1b[0m", "\x1b[1;32mok", "a\\n\\t\\x41", "&lt;")),
    ("bool|boolean|truthy|strtobool|yes|flag", ("yes", "no", "true", "FALSE", "on", "off", "1", "0", "maybe")),
    ("camel|camelcase|case|snake|kebab|slug|slugify|title|underscore|dasherize|humanize|words|inflection|identifier", ("camelCase", "snake_case_string", "HTMLParser", "kebab-case", "Title Case Text", "über die Brücke", "__private", "a  b")),
    ("plural|pluralize|singular|singularize|noun|inflection|word", ("cat", "box", "city", "children", "person", "men", "octopus", "sheep", "leaves", "quizzes")),
    ("binary|bits|bit|octal|hexadecimal", ("101", "0b1010", "ff", "0x1F", "0o17", "12", "xyz")),
    ("morse|soundex|metaphone|phonetic|pig|cipher|caesar|rot13|anagram|palindrome", ("hello world", "SOS", "... --- ...", "racecar", "Robert")),
    ("sentence|paragraph|wrap|prose|lorem|text|content|body|summary", ("The quick brown fox. It jumps!", "one two three\n\nfour five\n", "Don't stop, \"now\"...", "a-very-long-word-without-any-space-in-it")),
    ("user|username|login|author|person|firstname|surname|fullname", ("Alice", "alice_smith", "Dr. Bob O'Neil-Smith Jr.", "Alice <alice@example.com>", "Smith, Alice")),
    ("password|secret|passwd|passphrase", ("swordfish", "password", "short", "")),
    ("name", ("Alice", "alice_smith", "Alice Smith")),
)  # fmt: skip

_BY_WORD: dict[str, list[tuple[str, ...]]] = {}
for _words, _texts in _SHAPES:
    for _word in _words.split("|"):
        _BY_WORD.setdefault(_word, []).append(_texts)

#: Fields of a format in letters, as documentation writes it: ``YYYY-MM-DD``.
_FIELDS = (("YYYY", "2024"), ("yyyy", "2024"), ("CC", "20"), ("YY", "24"), ("yy", "24"), ("DDD", "015"), ("DD", "15"), ("dd", "15"), ("ww", "03"), ("hh", "10"), ("HH", "10"), ("ss", "45"), ("SS", "45"), ("MM", "01"), ("mm", "30"))  # fmt: skip
_LETTERS = re.compile(
    r"(?<![A-Za-z])(?:[+±-])?(?:YYYY|YY|yyyy|hh|HH|DD|dd|MM|mm|CC)(?: ?[YMDhHmsSCywdT:./+Z-])*(?![A-Za-z])"
)
_SPLIT = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
#: Texts of one shape that come first; the others of it follow when each shape had its turn.
_HEAD = 4


@lru_cache(maxsize=1024)
def words_of(name: str) -> tuple[str, ...]:
    """The words of an identifier or a sentence, in lower case; an identifier as a whole as well.

    >>> words_of("parse_isoDate")
    ('parse', 'iso', 'date', 'parseiso', 'isodate', 'parse_isodate')
    """
    found: dict[str, None] = {}
    for chunk in re.findall(r"\w+", name):
        parts = [part.lower() for part in _SPLIT.findall(chunk)]
        found.update(dict.fromkeys(parts))
        found.update(dict.fromkeys("".join(pair) for pair in itertools.pairwise(parts)))
        found.setdefault(chunk.lower())
    found.update({word[:-1]: None for word in [*found] if word.endswith("s") and word[:-1] in _BY_WORD})
    return tuple(found)


def shaped(words: Iterable[str]) -> Iterator[str]:
    """Texts of the shapes that the words tell, the likeliest first."""
    shapes: dict[tuple[str, ...], None] = {}
    for word in words:
        for texts in _BY_WORD.get(word, ()):
            shapes.setdefault(texts)
    for texts in shapes:
        yield from texts[:_HEAD]
    for texts in shapes:
        yield from texts[_HEAD:]


def lettered(text: str) -> Iterator[str]:
    """Texts in the formats that are written in letters.

    >>> list(lettered("either YYYY-MM-DD or hh:mm:ss"))
    ['2024-01-15', '10:30:45']
    """
    for match in _LETTERS.finditer(text):
        form = match.group().strip(" .,:-")
        found, place, fields, clock = "", 0, 0, False
        while place < len(form):
            for field, sample in _FIELDS:
                if form.startswith(field, place):
                    clock = clock or field in ("hh", "HH")
                    found += "30" if field in ("MM", "mm") and clock else "01" if field == "mm" else sample
                    place, fields = place + len(field), fields + 1
                    break
            else:
                found, place = found + form[place].replace("±", "+"), place + 1
        if fields > 1 and not re.search(r"[YMDhHmsSCywd]{2}", found):
            yield found

"""What an unfriendly client might read out of our words: mentions, tags, markdown, links."""

import random
import re

TYPED_ALL = re.compile(r"[@](?:所有人|全员|all\b|everyone)", re.IGNORECASE)
TYPED_MENTION = re.compile(r"(?<![A-Za-z0-9._%+\-])@\S")
TAG = re.compile(r"<|&lt|&#", re.IGNORECASE)
LINK_TEXT = re.compile(r"\[[^\]]*\]\s*\(|!\[|\]\[")
OTHER_SCHEME = re.compile(r"(?<![A-Za-z0-9+.\-])(?!https?:)[A-Za-z0-9+.\-]*://", re.IGNORECASE)
SCRIPT = re.compile(r"(?<![A-Za-z0-9])(?:javascript|data|vbscript|dtmd|dingtalk|lark)\s*:", re.IGNORECASE)
TEMPLATE = re.compile(r"\$\{")
BLOCK = re.compile(r"^ {0,3}(?:#|>|[-+*]\s|\d+[.)]\s|={2,}\s*$|-{3,}\s*$)|^ {4,}\S", re.MULTILINE)
EMPHASIS = re.compile(r"\*|`|~~|(?<![A-Za-z0-9])_|[\[\]]")

WORDS = re.compile(r"https?://[A-Za-z0-9\-._~:/?#@!$&'()*+,;=%]+", re.IGNORECASE)

PIECES = (
    "@所有人", "@all", "@All ", "@everyone", "@0147", "＠所有人", "@\u200b所有人", "@\u202e所有人",
    "<a atId=0147>张三</a>", "<a atId=", "<at id=all></at>", '<at user_id="all">', "</at>", "＜at", "<", ">",
    "&lt;a atId=0147&gt;", "&#60;", "&#x3c;a", "&lt", "&", ";", "&amp;lt;",
    "[点我](http://evil.example)", "![](https://t.example/p.png)", "[", "](", "](dingtalk://x)", "[a][b]",
    "dingtalk://dingtalkclient/page/link?url=x", "dtmd://dingtalkclient/sendMessage?content=x", "DTMD://x",
    "javascript:alert(1)", "javascript :x", "data:text/html,x", "lark://x", "file:///etc/passwd", "tel:110",
    "https://ok.example/a_b?c=1&d=2#e", "http://x.example", "https://a@b.example", "https://x.example/@all",
    "https://x.example/?u=dtmd://y", "https://", "http", "s://", "xhttps://y", "1dtmd://y", "9", "://", "*", "**b**", "_i_", "`c`",
    "~~s~~", "# h", "\n# h", "\n- a", "\n1. a", "\n> q", "\n---", "\n===", "\n    code", "\n", "\r\n", "\u2028",
    "${title}", "$", "{", "{{7*7}}", "%(x)s", "a@b.example", "x@all.com", "\u200d", "👨\u200d👩", "❤\ufe0f", "\u202e",
    "\U000e0041", "\x00", "\x1b[31m", "\ud800", "\u3164", "\t", " ", "  ", "会议", "明天九点", "abc", "1", ".", "\\",
)  # fmt: skip


def texts(count, seed=1):
    """Random mixtures of the pieces, the same for the same seed."""
    rng = random.Random(seed)
    return ("".join(rng.choices(PIECES, k=rng.randint(1, 12))) for _ in range(count))


def assert_harmless(shown):
    """No mention, no tag, no link but http and https, no script, no template."""
    assert not TYPED_ALL.search(shown)
    assert not TYPED_MENTION.search(shown)
    assert "<" not in shown
    assert not OTHER_SCHEME.search(shown)
    assert not TEMPLATE.search(shown)
    words = WORDS.sub("", shown)
    assert not TAG.search(words)
    assert not SCRIPT.search(words)


def assert_no_markdown(shown):
    assert not LINK_TEXT.search(shown)
    assert not BLOCK.search(shown)
    assert not EMPHASIS.search(WORDS.sub("x", shown))

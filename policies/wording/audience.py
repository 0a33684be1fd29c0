"""受众 (audience): what people call whom something is for."""

from __future__ import annotations

from policies import tags
from policies.model import Audience, AudienceKind
from policies.wording import counts


def holders(labels: tuple[str, ...]) -> str:
    """Who holds a grant, together: ``人力资源部负责人、周敏``."""
    return "、".join(dict.fromkeys(tags.one_line(one) for one in labels))


def head_of(department: str) -> str:
    return f"{tags.one_line(department)}负责人"


def holder(written: str) -> str:
    """A holder nobody could be found for, or everybody."""
    return {"everyone": "每个人", "company": "每个人"}.get(written, tags.one_line(written))


def not_one(written: str, candidates: tuple[tuple[str, str], ...]) -> str:
    """For the command line: a name that is nobody's, or several people's."""
    if not candidates:
        return f"没有找到“{tags.one_line(written)}”。可以写部门名、群名、人名、feishu:ID，或 company。"
    shown = "、".join(f"{tags.one_line(said)} {tags.one_line(exact, 64)}" for said, exact in candidates)
    return f"叫“{tags.one_line(written)}”的不止一个：{shown}。请写后面的账号。"


def no_moment(written: str) -> str:
    return f"看不懂时间“{tags.one_line(written)}”，请写成 2026-09-08 21:40。"


def label(audience: Audience, names: tuple[str, ...] = ()) -> str:
    """``全员``, ``研发部``, ``“羽毛球社”群``, ``王芳、何佳``; ``names`` are those of PEOPLE."""
    where = audience.platform.label if audience.platform else ""
    match audience.kind:
        case AudienceKind.COMPANY:
            return f"{where}全员"
        case AudienceKind.DEPARTMENT:
            return f"{where}{tags.one_line(audience.name) or '部门'}"
        case AudienceKind.GROUP:
            return f"“{tags.one_line(audience.name)}”群" if audience.name else "群"
        case AudienceKind.PEOPLE:
            return counts.names(names) if names else f"{len(audience.people)} 位同事"

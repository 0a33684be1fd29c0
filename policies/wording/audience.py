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

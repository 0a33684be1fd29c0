"""受众 (audience): one stable word for whom something is meant, for comparing and for ids."""

from __future__ import annotations

from policies.model import Audience, AudienceKind


def key(audience: Audience) -> str:
    """Equal for equal audiences, whatever they are called today: ``group:feishu:oc_1``."""
    match audience.kind:
        case AudienceKind.COMPANY:
            whom = str(audience.platform or "all")
        case AudienceKind.DEPARTMENT:
            whom = ",".join(sorted(audience.departments)) or audience.name
        case AudienceKind.GROUP:
            whom = str(audience.chat) if audience.chat else audience.name
        case AudienceKind.PEOPLE:
            whom = ",".join(sorted(audience.people))
    return f"{audience.kind}:{whom}"

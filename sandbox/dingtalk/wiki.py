"""Knowledge bases and documents (知识库、文档): workspaces with a tree of nodes, and the text of a document.

D/new-knowledge-base, D/create-team-space-document, D/api-doc-updatecontent (read 2026-11), SDK wiki_2_0, doc_1_0.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from sandbox.dingtalk.door import Api, Call
from sandbox.dingtalk.errors import NewError
from sandbox.dingtalk.part import Part

KINDS = {"DOC": "adoc", "WORKBOOK": "axls", "MIND": "amind", "FOLDER": "folder"}
PAGE = 50
DOC_WRITE = "Document.WorkspaceDocument.Write"


@dataclass(slots=True)
class Node:
    """A folder or a document; ``key`` is the document's own id."""

    id: str
    parent: str
    name: str
    kind: str
    key: str
    creator: str
    at: str
    changed_at: str
    content: str = ""


@dataclass(slots=True)
class Workspace:
    id: str
    root: str
    name: str
    description: str
    team: str
    creator: str
    at: str
    nodes: dict[str, Node] = field(default_factory=dict)


class Wiki(Part):
    """All by an operator's union id; who made a workspace may write in it, everybody may read."""

    def clear(self) -> None:
        self.workspaces: dict[str, Workspace] = {}

    def apis(self) -> list[Api]:
        docs = "/v1.0/doc/workspaces/{workspaceId}/docs"
        return [
            Api("POST", "/v2.0/wiki/workspaces", self.add_workspace, "Wiki.Workspace.Write"),
            Api("GET", "/v2.0/wiki/workspaces", self.list_workspaces, "Wiki.Workspace.Read"),
            Api("GET", "/v2.0/wiki/nodes", self.list_nodes, "Wiki.Node.Read"),
            Api("POST", docs, self.add_document, DOC_WRITE),
            Api("DELETE", docs + "/{nodeId}", self.delete_document, DOC_WRITE),
            Api("POST", "/v1.0/doc/suites/documents/{docKey}/overwriteContent", self.overwrite, DOC_WRITE),
        ]

    def _operator(self, call: Call) -> str:
        union_id = call.query.text("operatorId", "") or call.body.text("operatorId")
        person = self._platform.ids.by_union(union_id)
        if person is None:
            raise NewError("paramError.operatorId", "operatorId不存在")
        return union_id

    def _now(self) -> str:
        return self._town.clock.now().strftime("%Y-%m-%dT%H:%MZ")

    def _page(self, call: Call, every: list[Any]) -> tuple[list[Any], dict[str, str]]:
        size = call.query.query_number("maxResults", 20, least=1, most=PAGE)
        start = call.query.query_number("nextToken", 0)
        more = {"nextToken": str(start + size)} if len(every) > start + size else {}
        return every[start : start + size], more

    # -- workspaces

    async def add_workspace(self, call: Call) -> dict[str, Any]:
        operator, option = self._operator(call), call.body.object("option", {})
        number = self._town.new_id("", "workspace", length=16)
        space = Workspace(
            number, self._town.derive("", "wiki-root", number), call.body.text("name", longest=100),
            option.text("description", ""), option.text("teamId", ""), operator, self._now(),
        )  # fmt: skip
        self.workspaces[number] = space
        return {"workspace": self._shown(space)}

    async def list_workspaces(self, call: Call) -> dict[str, Any]:
        self._operator(call)
        team = call.query.text("teamId", "")
        page, more = self._page(call, [w for w in self.workspaces.values() if team in ("", w.team)])
        return {"workspaces": [self._shown(each) for each in page], **more}

    def _shown(self, space: Workspace) -> dict[str, Any]:
        return {
            "workspaceId": space.id, "rootNodeId": space.root, "name": space.name, "description": space.description,
            "teamId": space.team, "type": "TEAM", "corpId": self._platform.corp_id, "creatorId": space.creator,
            "modifierId": space.creator, "createTime": space.at, "modifiedTime": space.at,
            "url": f"https://alidocs.dingtalk.com/i/spaces/{space.id}/overview",
        }  # fmt: skip

    def _workspace(self, call: Call) -> Workspace:
        space = self.workspaces.get(call.path["workspaceId"])
        if space is None:
            raise NewError("workspaceNotExist", "知识库不存在", status=404)
        if self._operator(call) != space.creator:
            raise NewError("forbidden.accessDenied", "没有权限", status=403)
        return space

    # -- nodes

    async def list_nodes(self, call: Call) -> dict[str, Any]:
        """Direct children of a folder, or of a workspace's root."""
        self._operator(call)
        parent = call.query.text("parentNodeId")
        for space in self.workspaces.values():
            if parent == space.root or parent in space.nodes:
                page, more = self._page(call, [n for n in space.nodes.values() if n.parent == parent])
                return {"nodes": [self._node(space, each) for each in page], **more}
        raise NewError("nodeNotExist", "节点不存在", status=404)

    def _node(self, space: Workspace, node: Node) -> dict[str, Any]:
        return {
            "nodeId": node.id, "workspaceId": space.id, "name": node.name, "size": len(node.content.encode()),
            "type": "FOLDER" if node.kind == "FOLDER" else "FILE", "category": "ALIDOC", "extension": KINDS[node.kind],
            "url": self._url(node), "creatorId": node.creator, "modifierId": node.creator, "createTime": node.at,
            "modifiedTime": node.changed_at, "hasChildren": any(n.parent == node.id for n in space.nodes.values()),
        }  # fmt: skip

    @staticmethod
    def _url(node: Node) -> str:
        return f"https://alidocs.dingtalk.com/i/nodes/{node.id}"

    async def add_document(self, call: Call) -> dict[str, Any]:
        """A name that its folder has already is refused."""
        space, kind = self._workspace(call), call.body.text("docType")
        if kind not in KINDS:
            raise call.body.wrong("docType", "must be one of " + ", ".join(KINDS))
        name, parent = call.body.text("name", longest=255), call.body.text("parentNodeId", "") or space.root
        if parent != space.root and (parent not in space.nodes or space.nodes[parent].kind != "FOLDER"):
            raise NewError("nodeNotExist", "父节点不存在", status=404)
        if any(n.parent == parent and n.name == name for n in space.nodes.values()):
            raise NewError("nameConflict", "同名节点已存在")
        number = self._town.new_id("", "node")
        key, now = self._town.derive("", "doc-key", number, length=16), self._now()
        node = Node(number, parent, name, kind, key, self._operator(call), now, now)
        space.nodes[number] = node
        return {
            "nodeId": number, "docKey": key, "dentryUuid": number, "workspaceId": space.id, "url": self._url(node)
        }  # fmt: skip

    async def delete_document(self, call: Call) -> None:
        """A folder with all below it; the answer is empty."""
        space = self._workspace(call)
        if call.path["nodeId"] not in space.nodes:
            raise NewError("nodeNotExist", "节点不存在", status=404)
        gone = [call.path["nodeId"]]
        for each in gone:
            gone += [n.id for n in space.nodes.values() if n.parent == each]
            del space.nodes[each]

    async def overwrite(self, call: Call) -> dict[str, Any]:
        """The whole text anew; ``docKey`` may be the node's id as well."""
        operator, key = self._operator(call), call.path["docKey"]
        for space in self.workspaces.values():
            for node in space.nodes.values():
                if key in (node.key, node.id):
                    if operator != space.creator:
                        raise NewError("forbidden.accessDenied", "没有权限", status=403)
                    if node.kind != "DOC":
                        raise NewError("paramError.docKey", "只能改写文字文档")
                    node.content, node.changed_at = call.body.text("content"), self._now()
                    return {"success": True, "result": {"data": {}}}
        raise NewError("docNotExist", "文档不存在", status=404)

"""Large files, collaborators and the bin of the drive; calls that make folders come one after the other."""

import asyncio
import io
import zlib

import aiohttp
from feishu_town import office
from vendor_office import wholly_vendor_office

FILES, RIGHTS = "/open-apis/drive/v1/files", "/open-apis/drive/v1/permissions"
BLOCK = 4 * 1024 * 1024


async def send(o, upload_id, number, content, **more):
    form = aiohttp.FormData()
    given = {"upload_id": upload_id, "seq": str(number), "size": str(len(content)), **more}
    for key, value in given.items():
        form.add_field(key, value)
    form.add_field("file", io.BytesIO(content), filename="x")
    return (await o.call("POST", f"{FILES}/upload_part", data=form))[1]["code"]


async def test_a_large_file_comes_block_by_block():
    async with office() as o:
        whole = b"a" * BLOCK + b"tail"
        body = {"file_name": "a.zip", "parent_type": "explorer", "parent_node": "", "size": len(whole)}
        assert await o.code("POST", f"{FILES}/upload_prepare", body) == 99992402
        folder = (await o.ok("POST", f"{FILES}/create_folder", {"name": "资料", "folder_token": ""}))["token"]
        begun = await o.ok("POST", f"{FILES}/upload_prepare", {**body, "parent_node": folder})
        assert (begun["block_size"], begun["block_num"]) == (BLOCK, 2)
        end = {"upload_id": begun["upload_id"], "block_num": 2}
        assert (
            await send(o, begun["upload_id"], 0, whole[:BLOCK], checksum=str(zlib.adler32(whole[:BLOCK])))
            == 0
        )
        assert await o.code("POST", f"{FILES}/upload_finish", end) == 1061002
        assert await send(o, begun["upload_id"], 1, b"short") == 1061002
        assert await send(o, begun["upload_id"], 1, b"tail", checksum="1") == 1061002
        assert await send(o, begun["upload_id"], 1, b"tail") == 0
        token = (await o.ok("POST", f"{FILES}/upload_finish", end))["file_token"]
        [file] = (await o.ok("GET", FILES, folder_token=folder))["files"]
        assert (file["token"], file["name"], file["type"]) == (token, "a.zip", "file")
        assert await o.code("POST", f"{FILES}/upload_finish", end) == 1061003


async def test_collaborators_are_listed_and_taken_out_and_a_folder_goes_with_all_in_it(vendor):
    async with wholly_vendor_office(vendor) as o:
        group = o.chat("研发部").id
        top = (await o.ok("POST", f"{FILES}/create_folder", {"name": "项目A", "folder_token": ""}))["token"]
        below = (await o.ok("POST", f"{FILES}/create_folder", {"name": "2026", "folder_token": top}))["token"]
        share = {"member_type": "openchat", "member_id": group, "perm": "full_access"}
        await o.ok("POST", f"{RIGHTS}/{top}/members", share, type="folder")
        [member] = (await o.ok("GET", f"{RIGHTS}/{top}/members", type="folder"))["items"]
        assert (member["member_type"], member["member_id"], member["perm"]) == (
            "openchat",
            group,
            "full_access",
        )
        out = f"{RIGHTS}/{top}/members/{group}"
        await o.ok("DELETE", out, type="folder", member_type="openchat")
        assert await o.code("DELETE", out, type="folder", member_type="openchat") == 1063001
        await o.ok("DELETE", f"{FILES}/{top}", type="folder")
        assert await o.code("GET", FILES, folder_token=below) == 1061003


async def test_of_two_folders_at_once_the_second_is_told_to_come_again():
    async with office() as o:
        await o.ok("GET", FILES)
        bodies = [{"name": name, "folder_token": ""} for name in "ab"]
        answers = await asyncio.gather(*(o.call("POST", f"{FILES}/create_folder", each) for each in bodies))
        assert sorted(answer["code"] for _, answer in answers) == [0, 1061045]


async def test_without_a_robot_groups_and_messages_say_so():
    async with office() as o:
        await o.set(bot_off=True)
        group = o.chat("研发部").id
        assert await o.code("GET", f"/open-apis/im/v1/chats/{group}") == 232025
        assert (
            await o.code("GET", "/open-apis/im/v1/messages", container_id_type="chat", container_id=group)
            == 230006
        )


async def test_what_a_group_may_not_look_like_is_refused():
    async with office() as o:
        chats = "/open-apis/im/v1/chats"
        await o.set(sensitive_words=["赌"], hides_member_count=False, shares_externally=True)
        owner = o.person("lixiang").id
        for body, code in (
            ({"name": "x", "avatar": "img_none"}, 232041),
            ({"name": "赌一把"}, 232023),
            ({"name": "x", "hide_member_count_setting": "only_owner"}, 232078),
            ({"name": "对外群", "chat_type": "public", "external": True, "owner_id": owner}, 232069),
        ):
            assert await o.code("POST", chats, body) == code, body

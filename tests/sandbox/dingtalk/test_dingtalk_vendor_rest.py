"""The vendor's generated client at streaming cards, further spaces, rights inside groups and uploads in parts."""

from dingtalk_town import living_corp
from generated_client import Vendor


async def test_a_card_is_streamed_to_its_end():
    async with living_corp() as corp:
        vendor, worker = Vendor(corp), corp.person("sunli")
        await corp.ok("POST", "/v1.0/card/instances/createAndDeliver", corp.card("c-1", person=worker))
        card, body = corp.ding.cards.all["c-1"], {"outTrackId": "c-1", "key": "body1"}
        for guid, content in (("1", "今"), ("2", "天"), ("2", "天")):
            await vendor("card_1_0", "StreamingUpdate", {**body, "guid": guid, "content": content})
        assert (card.values["body1"], card.streaming) == ("今天", {"body1": "inputting"})
        last = {"guid": "3", "content": "今天停电", "isFull": True, "isFinalize": True}
        assert (await vendor("card_1_0", "StreamingUpdate", body | last))["success"] is True
        [message] = corp.town.messages_in("dingtalk", person=worker)
        assert (message.text, message.card["streaming"]) == ("制度确认\n今天停电", {"body1": "finished"})
        await vendor("card_1_0", "StreamingUpdate", body | {"guid": "4", "content": "坏了", "isError": True})
        assert (card.values["body1"], card.streaming["body1"]) == ("坏了", "failed")
        corp.set(streams_end_for_good=True)
        status, said = await corp.new("PUT", "/v1.0/card/streaming", body | {"guid": "5", "content": "再来"})
        assert (status, said["code"], card.values["body1"]) == (400, "param.streamingFinished", "坏了")


async def test_cards_go_into_the_feed_of_a_person_and_into_documents_without_a_message():
    async with living_corp() as corp:
        vendor, worker = Vendor(corp), corp.person("sunli")
        body = corp.card("c-1", person=worker) | {
            "openSpaceId": f"dtv1.card//CO_FEED.{worker};DOC.abc",
            "coFeedOpenSpaceModel": {"title": "待办"}, "coFeedOpenDeliverModel": {"bizTag": "t", "gmtTimeLine": 1},
            "docOpenDeliverModel": {"userId": worker},
        }  # fmt: skip
        made = await vendor("card_1_0", "CreateAndDeliver", body)
        told = [(each["spaceType"], each["success"]) for each in made["result"]["deliverResults"]]
        assert told == [("CO_FEED", True), ("DOC", True)]
        assert corp.town.messages_in("dingtalk", person=worker) == []
        for missing in ("coFeedOpenDeliverModel", "docOpenDeliverModel"):
            left = {key: value for key, value in body.items() if key != missing} | {"outTrackId": "c-2"}
            status, said = await corp.new("POST", "/v1.0/card/instances/createAndDeliver", left)
            assert (status, said["code"]) == (400, "param.openDeliverModelError")


async def test_one_right_of_a_scene_group_is_changed():
    async with living_corp() as corp:
        vendor, owner = Vendor(corp), corp.person("sunli")
        scene = {"title": "项目", "template_id": corp.ding.group_template, "owner_user_id": owner}
        made = await vendor("im_1_0", "CreateSceneGroup", scene | {"user_ids": [owner]})
        chat = corp.chat(made["open_conversation_id"])
        mute = {"openConversationId": chat.id, "permissionGroup": "chat_banned_type", "status": "1"}
        assert (await vendor("im_1_0", "UpdateGroupPermission", mute))["success"] is True
        assert chat.speak == "admins"
        for wrong in ({"permissionGroup": "x"}, {"status": "x"}):
            assert (await corp.new("PUT", "/v1.0/im/sceneGroups/permissions", mute | wrong))[0] == 400


async def test_a_large_file_comes_in_parts():
    async with living_corp() as corp:
        vendor, mine = Vendor(corp), corp.ding.ids.union_id(corp.person("sunli"))
        option = {"name": "资料", "scene": "a", "sceneId": "b", "ownerType": "USER"}
        space = (await vendor("storage_1_0", "AddSpace", {"option": option, "unionId": mine}))["space"]["id"]
        check = {"option": {"preCheckParam": {"size": 6, "name": "a.txt", "parentId": "0"}}, "unionId": mine}
        begun = await vendor("storage_1_0", "InitMultipartFileUpload", check, space)
        ask = {"uploadKey": begun["uploadKey"], "partNumbers": [1, 2], "unionId": mine}
        infos = (await vendor("storage_1_0", "GetMultipartFileUploadInfos", ask))[
            "multipartHeaderSignatureInfos"
        ]
        commit = {"uploadKey": begun["uploadKey"], "name": "a.txt", "parentId": "0", "unionId": mine}
        for info, content in ((infos[1], b"def"), (infos[0], b"abc")):
            status, said = await corp.new(
                "POST", f"/v1.0/storage/spaces/{space}/files/commit", commit, unionId=mine
            )
            assert (status, said["code"]) == (400, "paramError.uploadKey")
            signed = info["headerSignatureInfo"]
            headers = {**signed["headers"], "Content-Type": ""}
            async with corp.talk.http.put(signed["resourceUrls"][0], data=content, headers=headers) as answer:
                assert answer.status == 200
        made = await vendor("storage_1_0", "CommitFile", commit, space)
        assert made["dentry"]["size"] == 6
        assert corp.ding.storage.shelves.spaces[space].dentries[made["dentry"]["id"]].content == b"abcdef"
        assert (
            await corp.new(
                "POST",
                "/v1.0/storage/spaces/files/multiPartUploadInfos/query",
                ask | {"partNumbers": [0]},
                unionId=mine,
            )
        )[0] == 400

// The vendor's stream client for Node on DingTalk. It has no option for the address, so its HTTP calls are led to the town.

const axios = require("axios");
const { DWClient, TOPIC_ROBOT, TOPIC_CARD } = require("dingtalk-stream");

const { TOWN, CLIENT_ID: clientId, CLIENT_SECRET: clientSecret } = process.env;
const tell = (kind, what = {}) => console.log(JSON.stringify({ kind, ...what }));
const led = (config) => ({ ...config, url: config.url.replace(/^https:\/\/(api|oapi)\.dingtalk\.com/, TOWN) });
(axios.default ?? axios).interceptors.request.use(led);

const client = new DWClient({ clientId, clientSecret });
const answer = (frame, said) => client.socketCallBackResponse(frame.headers.messageId, said);

client.registerCallbackListener(TOPIC_ROBOT, async (frame) => {
  const message = JSON.parse(frame.data);
  tell("message", { text: message.text.content.trim() });
  answer(frame, { status: "SUCCESS" });
  const token = await client.getAccessToken();
  const headers = { "x-acs-dingtalk-access-token": token };
  const said = await axios.post(message.sessionWebhook, { msgtype: "text", text: { content: "在" } }, { headers });
  const card = {
    cardTemplateId: process.env.TEMPLATE, outTrackId: "node-1", callbackType: "STREAM",
    cardData: { cardParamMap: { title: "停电通知", b1_text: "收到", b1_show: "true", b1_id: "ok" } },
    openSpaceId: `dtv1.card//IM_ROBOT.${message.senderStaffId}`, userIdType: 1,
    imRobotOpenSpaceModel: { supportForward: true }, imRobotOpenDeliverModel: { spaceType: "IM_ROBOT", robotCode: clientId },
  };
  const sent = await axios.post("https://api.dingtalk.com/v1.0/card/instances/createAndDeliver", card, { headers });
  tell("sent", { webhook: said.data, card: sent.data.success });
});
client.registerCallbackListener(TOPIC_CARD, async (frame) => {
  tell("pressed", { value: JSON.parse(frame.data).content });
  answer(frame, { cardUpdateOptions: { updateCardDataByKey: true }, cardData: { cardParamMap: { state: "记下了" } } });
});
client.registerAllEventListener((frame) => {
  tell("event", { type: frame.headers.eventType });
  return { status: "SUCCESS" };
});

process.on("unhandledRejection", (error) =>
  tell("failed", { reason: `${error?.response?.status ?? ""} ${JSON.stringify(error?.response?.data ?? String(error))}` }));
const refused = (error) => tell("refused", { status: error?.response?.status ?? -1, reason: String(error) });
// connect() swallows a refusal and tries again for ever; what it asks first does not.
client.getEndpoint().then(() => client.connect()).then(() => tell("started"), refused);

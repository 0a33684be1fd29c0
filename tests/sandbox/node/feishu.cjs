// The vendor's client for Node on Feishu: hears a message, answers with a card, and answers a press. Told by its environment.

const lark = require("@larksuiteoapi/node-sdk");

const { TOWN: domain, APP_ID: appId, APP_SECRET: appSecret } = process.env;
const tell = (kind, what = {}) => console.log(JSON.stringify({ kind, ...what }));
const base = { appId, appSecret, domain, loggerLevel: lark.LoggerLevel.fatal };
const client = new lark.Client(base);

const button = {
  tag: "button", text: { tag: "plain_text", content: "收到" }, behaviors: [{ type: "callback", value: { a: "ok" } }],
};
const card = { schema: "2.0", header: { title: { tag: "plain_text", content: "停电通知" } }, body: { elements: [button] } };

const send = (to, msg_type, content) =>
  client.im.v1.message.create({
    params: { receive_id_type: "open_id" }, data: { receive_id: to, msg_type, content: JSON.stringify(content) },
  });

const eventDispatcher = new lark.EventDispatcher({}).register({
  "im.message.receive_v1": async (event) => {
    tell("message", { text: JSON.parse(event.message.content).text });
    const { open_id } = event.sender.sender_id;
    await send(open_id, "text", { text: "在" });
    tell("sent", { id: (await send(open_id, "interactive", card)).data.message_id });
  },
  "card.action.trigger": async (event) => {
    tell("pressed", { value: event.action.value });
    return { toast: { type: "success", content: "记下了" } };
  },
});

process.on("unhandledRejection", (error) => tell("failed", { reason: String(error?.response?.data?.code ?? error) }));
new lark.WSClient({ ...base, onReady: () => tell("ready"), onError: (error) => tell("refused", { reason: String(error) }) })
  .start({ eventDispatcher });
if (process.env.CALL)
  send(process.env.CALL, "text", { text: "喂" }).then(
    (answer) => tell("called", { code: answer.code }),
    (error) => tell("called", { code: error?.response?.data?.code ?? -1, reason: String(error) }),
  );

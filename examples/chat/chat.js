// A chat: the room is a live query, and so is who is typing.

const parameters = new URLSearchParams(location.search);
const server = parameters.get("server") ?? "127.0.0.1:5455";
const author = parameters.get("user") ?? "guest";
const room = location.hash.slice(1) || "general";

const { KalamSQL } = await import(`http://${server}/kalamsql.js`);
const element = (id) => document.getElementById(id);
element("room").textContent = `# ${room}`;

const db = new KalamSQL(`ws://${server}/v1/ws`, {
  user: "postgres", // a page in earnest shows a token instead: docs/operating.md
  onState: (state) => { element("state").textContent = state; },
});

// The newest hundred, the newest last: a window that every commit keeps up to date.
db.subscribe("SELECT id, author, body, sent FROM message WHERE room = $1 ORDER BY id DESC LIMIT 100", {
  params: [room],
  onSnapshot: (rows) => show(rows),
  onChanges: (_, live) => show(live.rows),
  onEnd: ({ message }) => { element("state").textContent = message; },
});

function show(rows) {
  const items = rows.toReversed().map((row) => {
    const item = document.createElement("li");
    const who = document.createElement("b");
    const when = document.createElement("time");
    who.textContent = row.author;
    when.textContent = new Date(row.sent).toLocaleTimeString();
    item.append(when, who, row.body); // as text: nobody's message is markup
    return item;
  });
  element("messages").replaceChildren(...items);
  element("messages").scrollTop = element("messages").scrollHeight;
}

// Rows of a stream table leave by themselves, and so do the names.
const typing = (rows) => {
  const names = [...new Set(rows.map((row) => row.author))].filter((name) => name !== author).sort();
  element("typing").textContent = names.length > 0 ? `${names.join(", ")} ${names.length > 1 ? "are" : "is"} typing` : "";
};
db.subscribe("SELECT author FROM typing WHERE room = $1", {
  params: [room],
  onSnapshot: typing,
  onChanges: (_, live) => typing(live.rows),
});

let told = 0;
element("body").addEventListener("input", () => {
  if (Date.now() - told < 2000) return;
  told = Date.now();
  db.query("INSERT INTO typing VALUES ($1, $2)", [room, author]).catch(() => {});
});

element("form").addEventListener("submit", async (event) => {
  event.preventDefault();
  const body = element("body").value;
  if (body === "") return;
  try {
    await db.query("INSERT INTO message (room, author, body) VALUES ($1, $2, $3)", [room, author, body]);
    element("body").value = "";
    element("state").textContent = "open";
  } catch (error) {
    element("state").textContent = error.message; // the text stays, to be sent again
  }
});

import { KalamSQL } from "/kalamsql.js";
import { resultTable, LiveTable } from "./table.js";

const $ = (id) => document.getElementById(id);
const scheme = location.protocol === "https:" ? "wss:" : "ws:";
const remembered = "kalamsql.console";

let db = null;

// The connection.

function connect() {
  db?.close();
  const user = $("user").value.trim() || "postgres";
  const password = $("password").value;
  db = new KalamSQL(`${scheme}//${location.host}/v1/ws`, {
    user,
    ...(password ? { password } : {}),
    onState: (state) => show($("state"), state, state === "open" ? `${db.user} connected` : state === "waiting" ? "reconnecting" : state),
    onRefused: (error) => {
      problem(error);
      $("password").focus();
    },
    onError: problem,
  });
  db.connect().catch(() => {}); // onRefused has shown it
}

function show(output, state, text) {
  output.dataset.state = state;
  output.textContent = text;
}

// Running a statement.

async function run() {
  const sql = $("sql").value;
  if (!sql.trim()) return;
  remember(sql);
  $("run").disabled = true;
  const started = performance.now();
  try {
    const answer = await db.query(sql);
    const took = `${(performance.now() - started).toFixed(1)} ms`;
    const parts = [];
    for (const r of answer.results ?? [answer]) {
      if (r.columns.length > 0) parts.push(scroll(resultTable(r.columns, r.rows)));
      parts.push(element("p", "tag", `${r.command || "nothing to run"}  ${took}`));
    }
    reveal(...parts);
  } catch (error) {
    problem(error, sql);
  } finally {
    $("run").disabled = false;
  }
}

function reveal(...parts) {
  $("result").replaceChildren(...parts);
  $("result").hidden = false;
}

/** Shows an error where results go, with the place in the statement. */
function problem(error, sql) {
  const p = element("div", "problem", `${error.code ?? "error"}: ${error.message}`);
  for (const more of [error.detail, error.hint]) if (more) p.append(element("div", "", more));
  if (sql && error.position) p.append(excerpt(sql, error.position));
  reveal(p);
}

/** The line of a statement that holds a position, with the word there marked. */
function excerpt(sql, position) {
  const characters = [...sql];
  const before = characters.slice(0, position - 1).join("");
  const rest = characters.slice(position - 1).join("");
  const word = /^(\w+|"[^"]*"|'[^']*'|[^\s\w]|$)/u.exec(rest)?.[0] ?? "";
  const pre = element("pre", "", before.slice(before.lastIndexOf("\n") + 1));
  pre.append(element("mark", "", word || " "), rest.slice(word.length).split("\n", 1)[0]);
  return pre;
}

// Watching a SELECT.

function watch() {
  const sql = $("sql").value.trim().replace(/;\s*$/, "");
  if (!sql) return;
  remember($("sql").value);
  const card = $("watch-card").content.firstElementChild.cloneNode(true);
  const find = (selector) => card.querySelector(selector);
  find(".query").textContent = sql.replace(/\s+/g, " ");
  find(".query").title = sql;
  for (const body of document.querySelectorAll("#live-rows")) body.removeAttribute("id");
  find("tbody").id = "live-rows"; // the newest one's
  let changed = 0;
  const table = new LiveTable(find("table"));
  const facts = (s) => {
    find(".count").textContent = plural(s.rows.length, "row");
    find(".changes").textContent = plural(changed, "change");
    find(".cursor").textContent = s.cursor ?? "";
  };
  const complain = (text, ...more) => {
    find(".problem").replaceChildren(text, ...more);
    find(".problem").hidden = false;
  };
  const live = db.subscribe(sql, {
    onState: (state) => show(find(".watch-state"), state, state === "interrupted" ? "reconnecting" : state),
    onSnapshot: (rows, s) => {
      table.start(s);
      facts(s);
    },
    onChanges: ({ changes }, s) => {
      changed += changes.length;
      table.apply(changes, s);
      facts(s);
    },
    onError: (error) => complain(`${error.code}: ${error.message}`, ...(error.position ? [excerpt(sql, error.position)] : [])),
    onEnd: (end) => end.reason !== "error" && end.reason !== "unsubscribed" && complain(`${end.reason.replace("_", " ")}: ${end.message}`),
  });
  find(".stop").addEventListener("click", () => {
    live.unsubscribe();
    card.remove();
  });
  $("watches").prepend(card);
}

// Small things.

function element(name, className, text) {
  const e = document.createElement(name);
  if (className) e.className = className;
  e.textContent = text;
  return e;
}

function scroll(table) {
  const box = element("div", "scroll", "");
  box.append(table);
  return box;
}

const plural = (n, word) => `${n} ${word}${n === 1 ? "" : "s"}`;

function remember(sql) {
  try {
    localStorage.setItem(remembered, sql);
  } catch {
    // A browser that keeps nothing is fine.
  }
}

$("run").addEventListener("click", run);
$("watch").addEventListener("click", watch);
$("login").addEventListener("submit", (e) => {
  e.preventDefault();
  connect();
});
$("sql").addEventListener("keydown", (e) => {
  if (e.key !== "Enter" || !(e.ctrlKey || e.metaKey)) return;
  e.preventDefault();
  if (e.shiftKey) watch();
  else run();
});
for (const b of document.querySelectorAll("[data-sql]")) {
  b.addEventListener("click", () => {
    $("sql").value = b.dataset.sql;
    $("sql").focus();
  });
}
try {
  $("sql").value = localStorage.getItem(remembered) ?? "";
} catch {
  // As above.
}
connect();

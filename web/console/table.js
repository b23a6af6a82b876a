// Tables of results: one that stands still, and one that follows a live query.

const numeric = new Set(["int2", "int4", "int8", "float4", "float8", "numeric", "oid"]);

/** Makes the table of a finished result. */
export function resultTable(columns, rows) {
  const table = document.createElement("table");
  table.append(document.createElement("thead"), document.createElement("tbody"));
  header(table.tHead, columns);
  const body = table.tBodies[0];
  for (const row of rows) body.append(line(columns, row));
  if (rows.length === 0) body.append(nothing(columns));
  return table;
}

function header(head, columns) {
  const tr = document.createElement("tr");
  for (const c of columns) {
    const th = document.createElement("th");
    th.textContent = c.name;
    const type = document.createElement("small");
    type.textContent = c.type;
    th.append(type);
    if (c.key) th.classList.add("key");
    if (numeric.has(c.type)) th.classList.add("number");
    tr.append(th);
  }
  head.replaceChildren(tr);
}

function line(columns, row) {
  const tr = document.createElement("tr");
  for (const c of columns) tr.append(fill(document.createElement("td"), c, row[c.name]));
  return tr;
}

function fill(td, column, value) {
  td.textContent = text(value);
  td.title = td.textContent.length > 40 ? td.textContent : "";
  td.classList.toggle("null", value === null);
  td.classList.toggle("number", numeric.has(column.type));
  return td;
}

function text(value) {
  if (value === null || value === undefined) return "null";
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

function nothing(columns) {
  const tr = document.createElement("tr");
  tr.className = "nothing";
  const td = document.createElement("td");
  td.colSpan = Math.max(1, columns.length);
  td.textContent = "no rows";
  tr.append(td);
  return tr;
}

/** LiveTable shows a subscription's rows and makes every change visible. */
export class LiveTable {
  #body;
  #table;
  #columns = [];
  #lines = new Map(); // key -> its lines, one unless the result is a bag

  constructor(table) {
    this.#table = table;
    this.#body = table.tBodies[0];
  }

  /** Shows a new state. */
  start(subscription) {
    this.#columns = subscription.columns;
    header(this.#table.tHead, this.#columns);
    this.#lines.clear();
    this.#body.replaceChildren();
    for (const row of subscription.rows) this.#insert(row, subscription);
    this.#settle();
  }

  /** Shows one commit's changes. */
  apply(changes, subscription) {
    if (this.#columns.length === 0) this.start(subscription);
    for (const c of changes) {
      if (c.op === "insert") this.#insert(c.row, subscription, c.at).classList.add("enter");
      else if (c.op === "update") this.#update(c, subscription);
      else this.#remove(c.old, subscription);
    }
    this.#settle();
  }

  #insert(row, subscription, at) {
    const tr = line(this.#columns, row);
    const key = subscription.keyOf(row);
    this.#lines.set(key, [...(this.#lines.get(key) ?? []), tr]);
    this.#place(tr, at);
    return tr;
  }

  /** Puts a line at its place, or at the end where there is no order. */
  #place(tr, at) {
    if (at === undefined) return void this.#body.append(tr);
    tr.remove();
    const lines = [...this.#body.rows].filter((line) => !line.classList.contains("leave") && !line.classList.contains("nothing"));
    this.#body.insertBefore(tr, lines[at] ?? null);
  }

  #update({ old, row, at, from_at }, subscription) {
    const tr = this.#take(old, subscription);
    if (!tr) return this.#insert(row, subscription, at);
    if (at !== from_at) this.#place(tr, at);
    const key = subscription.keyOf(row);
    this.#lines.set(key, [...(this.#lines.get(key) ?? []), tr]);
    this.#columns.forEach((c, i) => {
      if (text(old[c.name]) === text(row[c.name])) return;
      const td = fill(tr.cells[i], c, row[c.name]);
      td.classList.remove("changed");
      void td.offsetWidth; // so that the flash starts again
      td.classList.add("changed");
    });
  }

  #remove(row, subscription) {
    const tr = this.#take(row, subscription);
    if (!tr) return;
    tr.classList.remove("enter");
    tr.classList.add("leave");
    const gone = () => {
      tr.remove();
      this.#settle();
    };
    tr.addEventListener("animationend", gone, { once: true });
    setTimeout(gone, 1500); // a hidden page runs no animations
  }

  /** Takes the line of a row out of the index. */
  #take(row, subscription) {
    const key = subscription.keyOf(row);
    const lines = this.#lines.get(key);
    const tr = lines?.pop();
    if (lines?.length === 0) this.#lines.delete(key);
    return tr;
  }

  #settle() {
    const empty = this.#body.querySelector(".nothing");
    if (this.#body.rows.length === 0) this.#body.append(nothing(this.#columns));
    else if (empty && this.#body.rows.length > 1) empty.remove();
  }
}

/** A value as JSON holds it: int8 and numeric are strings, timestamps ISO 8601. */
export type Value = null | boolean | number | string | Value[] | { [key: string]: Value };
export type Row = { [column: string]: Value };

export interface Column {
  name: string;
  type: string;
  /** Part of what identifies a row of the result. */
  key?: boolean;
}

export interface Result {
  command: string;
  columns: Column[];
  rows: Row[];
  /** Of several statements: each one's result. */
  results?: { command: string; columns: Column[]; rows: Row[] }[];
  /** Once a subscription has passed it, the write is in its rows. */
  cursor: string;
}

export type Change =
  | { op: "insert"; reason: "insert" | "enter"; row: Row; at?: number }
  | { op: "update"; row: Row; old: Row; at?: number; from_at?: number }
  | { op: "delete"; reason: "delete" | "leave" | "expire" | "revoke"; old: Row; from_at?: number };

export interface Group {
  changes: Change[];
  cursor: string;
  coalesced: boolean;
}

export interface End {
  reason:
    | "slow_consumer" | "table_dropped" | "table_altered" | "permission_revoked" | "cancelled" | "state_limit"
    | "error" | "refused" | "unsubscribed" | "closed";
  code: string | null;
  message: string;
  cursor: string | null;
  error?: KalamError;
}

export class KalamError extends Error {
  /** SQLSTATE. */
  code: string;
  detail: string | null;
  hint: string | null;
  /** Of the character in the statement, from 1. */
  position: number | null;
}

export interface Options {
  /** A JSON Web Token, or a function that gives the one to use at each connect. */
  token?: string | (() => string);
  user?: string;
  password?: string;
  database?: string;
  /** Seconds. */
  heartbeat?: number;
  /** Milliseconds. */
  backoff?: { first: number; most: number };
  /** For Node.js before 22. */
  WebSocket?: unknown;
  timers?: { setTimeout(f: () => void, ms: number): unknown; clearTimeout(t: unknown): void; random(): number };
  onState?(state: ConnectionState): void;
  onRefused?(error: KalamError): void;
  onError?(error: KalamError): void;
  /** After each commit, once all subscriptions it concerns have moved. */
  onCommit?(commit: { cursor: string; subscriptions: Subscription[] }): void;
}

export type ConnectionState = "closed" | "connecting" | "open" | "waiting";

export interface SubscribeOptions {
  params?: Value[];
  snapshot?: boolean;
  lastRows?: number;
  batchSize?: number;
  from?: string;
  slow?: "close" | "coalesce";
  onSnapshot?(rows: Row[], subscription: Subscription): void;
  onChanges?(group: Group, subscription: Subscription): void;
  onState?(state: Subscription["state"], subscription: Subscription): void;
  onError?(error: KalamError, subscription: Subscription): void;
  onEnd?(end: End, subscription: Subscription): void;
}

export interface Subscription {
  readonly id: string;
  readonly sql: string;
  readonly columns: Column[];
  readonly cursor: string | null;
  readonly state: "starting" | "live" | "interrupted" | "ended";
  readonly resumed: boolean;
  readonly rows: Row[];
  keyOf(row: Row): string;
  unsubscribe(): void;
  resume(): void;
}

export class KalamSQL {
  constructor(url: string, options?: Options);
  readonly state: ConnectionState;
  readonly user: string | null;
  readonly role: string | null;
  connect(): Promise<KalamSQL>;
  close(): void;
  query(sql: string, params?: Value[]): Promise<Result>;
  subscribe(sql: string, options?: SubscribeOptions): Subscription;
  listen(channel: string, callback: (payload: string, channel: string) => void): () => void;
}

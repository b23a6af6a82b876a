package types

import "time"

// Env is what the text forms of values depend on: the session's settings. An
// Env is immutable; a SET makes a new one.
type Env struct {
	DateStyle        DateStyle
	DateOrder        DateOrder
	IntervalStyle    IntervalStyle
	Location         *time.Location // TimeZone
	ExtraFloatDigits int            // -15..3; 1 and up: shortest exact form
	ByteaEscape      bool           // bytea_output = escape

	// Now is the transaction's start, for 'now', 'today' and the like.
	Now func() time.Time

	// RegIn and RegOut turn names into OIDs and back for the reg* types; the
	// session sets them, since it has the catalog and the search path. nil: only
	// regtype of built-in types has names.
	RegIn  func(t *Type, name string) (OID, error)
	RegOut func(t *Type, oid OID) (string, bool)

	// Domain checks a value that is read against a domain, as whose constraints may call
	// functions of users; the session sets it. nil: none does.
	Domain func(t *Type, d Datum) error

	// Client is the encoding of text that the client sends and is sent; nil is UTF-8.
	Client *Charset

	// Stored: what is read has been checked when it was stored, and what its type
	// allows may be something else by now.
	Stored bool
}

// DateStyle is the output part of the DateStyle setting.
type DateStyle uint8

// The date styles.
const (
	StyleISO DateStyle = iota
	StyleSQL
	StylePostgres
	StyleGerman
)

// DateOrder is the field-order part of the DateStyle setting.
type DateOrder uint8

// The orders of an ambiguous date's fields.
const (
	OrderMDY DateOrder = iota
	OrderDMY
	OrderYMD
)

// IntervalStyle is the IntervalStyle setting.
type IntervalStyle uint8

// The interval styles.
const (
	IntervalPostgres IntervalStyle = iota
	IntervalPostgresVerbose
	IntervalSQLStandard
	IntervalISO8601
)

// DefaultEnv has PostgreSQL's defaults, in UTC.
var DefaultEnv = &Env{Location: time.UTC, ExtraFloatDigits: 1, Now: time.Now}

// StoredEnv is DefaultEnv for reading what is stored.
var StoredEnv = &Env{Location: time.UTC, ExtraFloatDigits: 1, Now: time.Now, Stored: true}

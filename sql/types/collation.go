package types

import (
	"sync"

	"golang.org/x/text/collate"
	"golang.org/x/text/language"
)

// Collation is an order of texts other than that of their bytes: a column or an
// expression without one is ordered by bytes. It is part of descriptors, and never
// changes.
type Collation struct {
	OID OID
	// Locale is a BCP 47 tag, by which ICU's collations are named; empty: the order of
	// bytes, called by another name.
	Locale string `json:",omitempty"`
}

// ByBytes says whether the collation orders as texts are ordered without one.
func (c *Collation) ByBytes() bool { return c == nil || c.Locale == "" }

// collators are those in use, by their locales: one at a time has each.
var collators sync.Map // string -> *sync.Pool

type collator struct {
	collate *collate.Collator
	buffer  collate.Buffer
}

// Key is a string whose bytes are ordered as texts are by the collation. Texts that it
// holds to be equal are ordered by their bytes, as all collations that are deterministic
// do.
func (c *Collation) Key(text string) string {
	pool, ok := collators.Load(c.Locale)
	if !ok {
		locale := c.Locale
		pool, _ = collators.LoadOrStore(locale, &sync.Pool{New: func() any { return &collator{collate: collate.New(language.Make(locale))} }})
	}
	k := pool.(*sync.Pool).Get().(*collator)
	key := string(k.collate.KeyFromString(&k.buffer, text))
	k.buffer.Reset()
	pool.(*sync.Pool).Put(k)
	return key + "\x00" + text
}

// KnownLocale says whether a locale is one by whose rules texts can be ordered.
func KnownLocale(locale string) bool {
	if locale == "" || locale == "root" || locale == "und" {
		return true
	}
	_, err := language.Parse(locale)
	return err == nil
}

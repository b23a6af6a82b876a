// Package largeobject keeps large objects: bytes that have an OID, an owner and
// privileges, and are read and written in parts. They are rows of two tables
// (catalog.LargeObjects and catalog.LargeObjectPages), so that transactions, crashes,
// backups and the change log need know nothing of them. Bytes lie in pages of
// PageSize; one that is not there, or ends early, stands for zeros where another comes
// behind it.
package largeobject

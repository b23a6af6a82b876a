package catalog

import "github.com/kalamsql/kalamsql/sql/types"

// Statistics say how much there is in a table and of what kind, as far as is
// known: for choosing plans. They are immutable, and belong to no version of the
// definitions.
type Statistics struct {
	// Rows is how many rows the table has, in all slices together.
	Rows float64
	// Width is the bytes of a stored row, on average.
	Width float64
	// Slices is how many users have rows of a table with slices; at least 1.
	Slices float64
	// Columns are what ANALYZE has found, by attribute number; nil before.
	Columns map[int16]*ColumnStatistics
}

// ColumnStatistics is what a sample of a column's values looks like, in the terms
// of PostgreSQL's pg_stats.
type ColumnStatistics struct {
	// Type is what the column was of; of another type now, the values say nothing.
	Type *types.Type
	// NullFraction is the part of the rows in which the column is NULL.
	NullFraction float64
	// Width is the bytes of a value, on average.
	Width float64
	// Distinct is the number of different values; negative, it is a part of the
	// number of rows.
	Distinct float64
	// MostCommon are the most common values, with the parts of the rows that have
	// them, the most common first.
	MostCommon  []types.Datum
	Frequencies []float64
	// Histogram divides the other values, in order, into parts of equal size: the
	// first and last are the least and greatest.
	Histogram []types.Datum
	// Correlation is how far the order of the values is that of storage, from -1 to 1.
	Correlation float64
	// Elements are the most common keys that the values are taken apart to (inverted.Statistics),
	// the most common first; nil where they are not.
	Elements []Element
}

// Element is a part of values: an element of arrays, a word of texts, a key or scalar of jsonb.
type Element struct {
	Key       string  // as package inverted makes it
	Frequency float64 // what part of the rows that are not NULL have it
}

// DistinctOf is the number of different values in so many rows.
func (c *ColumnStatistics) DistinctOf(rows float64) float64 {
	if c.Distinct < 0 {
		return max(1, -c.Distinct*rows)
	}
	return max(1, c.Distinct)
}

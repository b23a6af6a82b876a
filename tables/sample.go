package tables

import (
	"bytes"
	"cmp"
	"context"
	"encoding/binary"
	"encoding/json"
	"maps"
	"math/rand/v2"
	"slices"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/expr/inverted"
	"github.com/kalamsql/kalamsql/sql/types"
	"github.com/kalamsql/kalamsql/storage"
	"github.com/kalamsql/kalamsql/tables/keys"
)

const (
	// sampleRows is how many rows a sample has at most: PostgreSQL's 300 for each
	// of 100 parts of a histogram.
	sampleRows = 30_000
	// passRows is up to how many rows a table is read through, which counts them and
	// gives each the same chance. Of a larger one the rows at sampleSpots places are read, one
	// somewhere in each of as many equal parts of its keys: at equal distances would be an
	// unlucky choice for values that come again and again.
	passRows    = 2_000_000
	sampleSpots = 1000
	// histogramParts and commonValues are how detailed statistics are.
	histogramParts = 100
	commonValues   = 100
)

// sample is some rows of a table in the order of storage.
type sample struct {
	list  []types.Row
	bytes int // of all that were read
	read  int
	users int
	// whole: the table has been read through, and has rows rows.
	whole bool
	rows  int64
}

// sample reads about sampleRows rows of a table that has about rows.
func (s *Store) sample(ctx context.Context, t *catalog.Table, rows int64) (*sample, error) {
	snap := s.snapshot()
	defer snap.release()
	prefix := keys.IndexPrefix(t, 0)
	it := snap.NewIter(prefix, keys.End(prefix))
	defer it.Close()
	out := &sample{}
	var err error
	if rows <= passRows {
		err = s.samplePass(ctx, t, it, out)
	} else {
		err = s.sampleSpots(ctx, t, it, out)
	}
	if err == nil {
		err = translate(it.Err())
	}
	return out, err
}

// keep adds a stored row, or puts it in the place of another.
func (s *Store) keep(t *catalog.Table, value []byte, out *sample, at int) error {
	row := make(types.Row, len(t.Columns)+SystemValues)
	live, err := s.decodeRow(t, value, nil, row, 0)
	if err != nil || !live {
		return err
	}
	if at < len(out.list) {
		out.list[at] = row
	} else {
		out.list = append(out.list, row)
	}
	return nil
}

// samplePass reads all rows and keeps each with the same probability.
func (s *Store) samplePass(ctx context.Context, t *catalog.Table, it storage.Iterator, out *sample) error {
	user := ""
	for ok := it.First(); ok; ok = it.Next() {
		if out.rows%1024 == 0 && ctx.Err() != nil {
			return translate(ctx.Err())
		}
		if t.PerUser {
			if u := userOf(t, string(it.Key())); u != user || out.users == 0 {
				user = u
				out.users++
			}
		}
		out.rows++
		out.bytes += len(it.Key()) + len(it.Value())
		at := len(out.list)
		if at >= sampleRows {
			if at = rand.IntN(int(out.rows)); at >= sampleRows {
				continue
			}
		}
		if err := s.keep(t, it.Value(), out, at); err != nil {
			return err
		}
	}
	out.whole, out.read = true, int(out.rows)
	return nil
}

// sampleSpots reads runs of rows at places that are evenly far apart in the keys.
func (s *Store) sampleSpots(ctx context.Context, t *catalog.Table, it storage.Iterator, out *sample) error {
	if !it.Last() {
		return nil
	}
	last := bytes.Clone(it.Key())
	if !it.First() {
		return nil
	}
	first := bytes.Clone(it.Key())
	shared := 0
	for shared < min(len(first), len(last)) && first[shared] == last[shared] {
		shared++
	}
	low, high := spot(first[shared:]), spot(last[shared:])
	step := (high - low) / sampleSpots
	users := map[string]bool{}
	var behind []byte // the last key read
	for i := range uint64(sampleSpots) {
		if ctx.Err() != nil {
			return translate(ctx.Err())
		}
		place := low + i*step
		if step > 1 {
			place += rand.Uint64N(step)
		}
		target := binary.BigEndian.AppendUint64(bytes.Clone(first[:shared]), place)
		if i == 0 || bytes.Compare(target, behind) <= 0 {
			target = append(bytes.Clone(behind), 0)
		}
		ok := it.SeekGE(target)
		for n := 0; ok && n < sampleRows/sampleSpots; n++ {
			if t.PerUser {
				users[userOf(t, string(it.Key()))] = true
			}
			out.read++
			out.bytes += len(it.Key()) + len(it.Value())
			if err := s.keep(t, it.Value(), out, len(out.list)); err != nil {
				return err
			}
			behind = append(behind[:0], it.Key()...)
			ok = it.Next()
		}
		if !ok {
			break
		}
	}
	out.users = len(users)
	return nil
}

// spot is where a key is, as a number.
func spot(key []byte) uint64 {
	var b [8]byte
	copy(b[:], key)
	return binary.BigEndian.Uint64(b[:])
}

// statistics makes statistics of a sample; columns that are not asked for keep
// those that are known.
func (s *sample) statistics(t *catalog.Table, columns []int16, known *catalog.Statistics) *catalog.Statistics {
	out := &catalog.Statistics{Rows: known.Rows, Width: known.Width, Slices: float64(max(1, s.users)), Columns: map[int16]*catalog.ColumnStatistics{}}
	if s.whole {
		out.Rows = float64(s.rows)
	}
	if s.read > 0 {
		out.Width = float64(s.bytes) / float64(s.read)
	}
	for i, c := range t.Columns {
		if columns != nil && !slices.Contains(columns, c.Num) {
			if have := known.Columns[c.Num]; have != nil {
				out.Columns[c.Num] = have
			}
			continue
		}
		if len(s.list) > 0 {
			out.Columns[c.Num] = s.column(i, c.Type.Type, out.Rows)
		}
	}
	return out
}

// placed is a value with its place in the sample.
type placed struct {
	value types.Datum
	place int
}

// column makes the statistics of one column of a table of so many rows.
func (s *sample) column(at int, t *types.Type, rows float64) *catalog.ColumnStatistics {
	c := &catalog.ColumnStatistics{Type: t}
	values := make([]placed, 0, len(s.list))
	width := 0
	for i, row := range s.list {
		if d := row[at]; !d.IsNull() {
			values = append(values, placed{d, i})
			width += datumWidth(t, d)
		}
	}
	c.NullFraction = 1 - float64(len(values))/float64(len(s.list))
	if len(values) == 0 {
		return c
	}
	c.Width = float64(width) / float64(len(values))
	c.Elements = elements(t, values)
	if !t.Comparable() {
		c.Distinct = -1
		return c
	}
	slices.SortStableFunc(values, func(a, b placed) int { return t.Compare(a.value, b.value) })
	c.Correlation = correlation(values)
	groups := grouped(t, values)
	distinct, once := len(groups), 0
	for _, g := range groups {
		if g.count == 1 {
			once++
		}
	}
	n, total := float64(len(values)), rows*(1-c.NullFraction)
	switch estimate := float64(distinct); {
	case s.whole && len(s.list) == int(s.rows):
		c.Distinct = estimate
	case once == len(values):
		c.Distinct = total
	default: // Haas and Stokes' Duj1
		d := n * estimate / (n - float64(once) + float64(once)*n/max(n, total))
		c.Distinct = min(total, max(estimate, d))
	}
	few := c.Distinct <= float64(distinct)
	if c.Distinct > 0.1*rows {
		c.Distinct = -c.Distinct / max(1, rows)
	}
	most, rest := common(groups, few)
	for _, g := range most {
		c.MostCommon = append(c.MostCommon, g.value)
		c.Frequencies = append(c.Frequencies, float64(g.count)/float64(len(s.list)))
	}
	c.Histogram = histogram(rest)
	return c
}

const (
	// elementRows is how many values of a sample are taken apart, and commonElements how many of what they
	// consist of are kept.
	elementRows    = 3000
	commonElements = 300
)

// elements are what is common in values of a type that inverted indexes take apart; nil: they do not.
func elements(t *types.Type, values []placed) []catalog.Element {
	class := inverted.Statistics(t)
	if class == nil {
		return nil
	}
	step := max(1, len(values)/elementRows)
	counts, taken := map[string]int{}, 0
	for i := 0; i < len(values); i += step {
		for _, key := range class.Keys(values[i].value) {
			counts[string(key)]++
		}
		taken++
	}
	keys := slices.SortedFunc(maps.Keys(counts), func(a, b string) int { return cmp.Or(cmp.Compare(counts[b], counts[a]), cmp.Compare(a, b)) })
	out := []catalog.Element{}
	for _, key := range keys {
		if n := counts[key]; len(out) < commonElements && (n > 1 || taken < 100) {
			out = append(out, catalog.Element{Key: key, Frequency: float64(n) / float64(taken)})
		}
	}
	return out
}

// datumWidth is the bytes of a value as PostgreSQL counts them.
func datumWidth(t *types.Type, d types.Datum) int {
	if t.Len > 0 {
		return int(t.Len)
	}
	if d.IsString() {
		return len(d.Str()) + 1
	}
	return len(t.AppendBinary(nil, d, types.DefaultEnv)) + 1
}

// correlation is Pearson's, of the values' order and their places in the sample.
func correlation(sorted []placed) float64 {
	n := float64(len(sorted))
	if n < 2 {
		return 0
	}
	places := make([]int, len(sorted))
	for i, v := range sorted {
		places[i] = v.place
	}
	slices.Sort(places)
	ranks := make(map[int]float64, len(places))
	for i, p := range places {
		ranks[p] = float64(i)
	}
	sum := 0.0
	for i, v := range sorted {
		sum += float64(i) * ranks[v.place]
	}
	mean := (n - 1) / 2
	variance := (n - 1) * (2*n - 1) / 6
	if d := variance - mean*mean; d > 0 {
		return (sum/n - mean*mean) / d
	}
	return 0
}

// group is a value of the sample and how often it is there.
type group struct {
	value types.Datum
	count int
}

func grouped(t *types.Type, sorted []placed) []group {
	var groups []group
	for i, v := range sorted {
		if i > 0 && t.Compare(groups[len(groups)-1].value, v.value) == 0 {
			groups[len(groups)-1].count++
			continue
		}
		groups = append(groups, group{v.value, 1})
	}
	return groups
}

// common chooses the most common values: all, if those are few, else the ones that
// are more common than the average. They leave groups.
func common(groups []group, all bool) (most, rest []group) {
	order := make([]int, len(groups))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(groups[b].count, groups[a].count) })
	values := 0
	for _, g := range groups {
		values += g.count
	}
	least := 1.25 * float64(values) / float64(len(groups))
	if all && len(groups) <= commonValues {
		least = 0
	}
	taken := map[int]bool{}
	for _, i := range order {
		if len(most) == commonValues || float64(groups[i].count) < least || least > 0 && groups[i].count < 2 {
			break
		}
		most = append(most, groups[i])
		taken[i] = true
	}
	for i, g := range groups {
		if !taken[i] {
			rest = append(rest, g)
		}
	}
	return most, rest
}

// histogram gives the bounds of parts with as many values each.
func histogram(groups []group) []types.Datum {
	if len(groups) < 2 {
		return nil
	}
	total := 0
	for _, g := range groups {
		total += g.count
	}
	parts := min(histogramParts, len(groups)-1)
	bounds := []types.Datum{groups[0].value}
	passed, at := groups[0].count, 0
	for i := 1; i <= parts; i++ {
		for passed < total && passed*parts < i*total {
			at++
			passed += groups[at].count
		}
		bounds = append(bounds, groups[at].value)
	}
	bounds[parts] = groups[len(groups)-1].value
	return bounds
}

// storedColumn is a column's statistics on disk, values in their text forms.
type storedColumn struct {
	Num         int16
	Nulls       float64
	Width       float64
	Distinct    float64
	Common      []string
	Frequencies []float64
	Histogram   []string
	Correlation float64
	// Elements is nil where there are none for the type.
	Elements []storedElement `json:",omitempty"`
	Parted   bool            `json:",omitempty"` // Elements is not nil
}

type storedElement struct {
	Key       []byte
	Frequency float64
}

type storedStatistics struct {
	Rows, Width, Slices float64
	Columns             []storedColumn
}

func encodeStatistics(t *catalog.Table, st *catalog.Statistics) ([]byte, error) {
	out := storedStatistics{Rows: st.Rows, Width: st.Width, Slices: st.Slices}
	for num, c := range st.Columns {
		texts := func(list []types.Datum) (out []string) {
			for _, d := range list {
				out = append(out, c.Type.Text(d, types.DefaultEnv))
			}
			return out
		}
		column := storedColumn{Num: num, Nulls: c.NullFraction, Width: c.Width, Distinct: c.Distinct, Common: texts(c.MostCommon), Frequencies: c.Frequencies, Histogram: texts(c.Histogram),
			Correlation: c.Correlation, Parted: c.Elements != nil}
		for _, e := range c.Elements {
			column.Elements = append(column.Elements, storedElement{[]byte(e.Key), e.Frequency})
		}
		out.Columns = append(out.Columns, column)
	}
	return json.Marshal(out)
}

func decodeStatistics(t *catalog.Table, b []byte) (*catalog.Statistics, error) {
	var in storedStatistics
	if err := json.Unmarshal(b, &in); err != nil {
		return nil, err
	}
	out := &catalog.Statistics{Rows: in.Rows, Width: in.Width, Slices: in.Slices, Columns: map[int16]*catalog.ColumnStatistics{}}
	for _, c := range in.Columns {
		at := t.Ordinal(c.Num)
		if at < 0 {
			continue
		}
		typ := t.Columns[at].Type.Type
		var failed error
		values := func(list []string) (out []types.Datum) {
			for _, text := range list {
				d, err := typ.Input(text, types.NoTypmod, types.StoredEnv)
				if err != nil {
					failed = err
				}
				out = append(out, d)
			}
			return out
		}
		col := &catalog.ColumnStatistics{Type: typ, NullFraction: c.Nulls, Width: c.Width, Distinct: c.Distinct,
			MostCommon: values(c.Common), Frequencies: c.Frequencies, Histogram: values(c.Histogram), Correlation: c.Correlation}
		if failed != nil {
			return nil, failed
		}
		if c.Parted {
			col.Elements = []catalog.Element{}
		}
		for _, e := range c.Elements {
			col.Elements = append(col.Elements, catalog.Element{Key: string(e.Key), Frequency: e.Frequency})
		}
		out.Columns[c.Num] = col
	}
	return out, nil
}

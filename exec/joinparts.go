package exec

import "github.com/kalamsql/kalamsql/sql/types"

// joinParts are the parts of a join that are still on disk.
type joinParts struct {
	waiting []joinPart
	now     joinPart // that is in memory
	left    *spillReader
	row     types.Row
}

// joinPart is the rows of both sides whose hashes agree in some bits.
type joinPart struct {
	left, right *spillFile
	// depth counts how often it was divided.
	depth int
}

const (
	// divisions is into how many parts something is divided at once, and
	// divisionBits how many bits of a hash that takes.
	divisions    = 32
	divisionBits = 5
	// deepest is how often a part is divided again: rows of one key stay together.
	deepest = 5
)

// hashMem is how many bytes a hash table may take: twice as many as a sort, as
// hash_mem_multiplier says by default.
func (rt *Runtime) hashMem() int64 { return 2 * rt.WorkMem }

// part says which part a hash goes to. A table uses the low bits.
func part(hash uint64, depth int) int {
	return int(hash >> (64 - divisionBits*(depth+1)) % divisions)
}

// divide puts the right rows, those read and those to come, and the left ones into
// files.
func (o *hashJoin) divide() error {
	o.most = max(o.most, o.table.bytes)
	rightTypes, leftTypes := columnTypes(o.node.Right.Columns()), columnTypes(o.node.Left.Columns())
	right, left := o.rt.spillFiles(rightTypes), o.rt.spillFiles(leftTypes)
	o.batches += divisions - 1
	read, next := o.table, 0
	row := make(types.Row, len(rightTypes))
	o.table = nil
	err := o.scatter(o.rightKeys(), right, 0, func() (types.Row, error) {
		if read != nil && next < len(read.rows) {
			read.give(next, row)
			next++
			return row, nil
		}
		read = nil // its memory is wanted
		return o.right.Next()
	})
	if err == nil {
		err = o.scatter(o.leftKeys(), left, 0, o.left.Next)
	}
	o.parts = &joinParts{row: make(types.Row, o.leftWidth)}
	for i := range divisions {
		o.parts.waiting = append(o.parts.waiting, joinPart{left: left[i], right: right[i]})
	}
	// Nothing is in memory yet: go on with the first part.
	o.table, o.drained = o.newTable(), true
	return err
}

// sideKeys is one side's keys, and whether rows with a NULL among them are wanted
// at all.
type sideKeys struct {
	null func(types.Row) (bool, error)
	keep bool
}

func (o *hashJoin) rightKeys() sideKeys {
	return sideKeys{func(row types.Row) (bool, error) { return o.evalKey(o.node.RightKeys, row) }, o.marks()}
}

func (o *hashJoin) leftKeys() sideKeys {
	return sideKeys{func(row types.Row) (bool, error) { return o.evalKey(o.node.LeftKeys, row) }, o.outerLeft()}
}

// scatter puts rows into the files that their keys' hashes say.
func (o *hashJoin) scatter(keys sideKeys, files []*spillFile, depth int, next func() (types.Row, error)) error {
	scalars := len(o.types) == 1 && heldAsInteger(o.types[0])
	for n := 0; ; n++ {
		if n%1024 == 1023 {
			if err := o.rt.interrupted(); err != nil {
				return err
			}
		}
		row, err := next()
		if row == nil || err != nil {
			return err
		}
		null, err := keys.null(row)
		if err != nil {
			return err
		}
		to := 0
		if null {
			if !keys.keep {
				continue
			}
		} else {
			to = part(hashRow(o.types, scalars, o.key), depth)
		}
		if err := files[to].write(row); err != nil {
			return err
		}
	}
}

// nextPart reads the right side of the next part into memory; false at the end.
func (o *hashJoin) nextPart() (bool, error) {
	p := o.parts
	p.now.close()
	for {
		if len(p.waiting) == 0 {
			return false, nil
		}
		p.now = p.waiting[0]
		p.waiting = p.waiting[1:]
		if p.now.left.rows == 0 && !o.marks() || p.now.right.rows == 0 && !o.outerLeft() {
			p.now.close()
			continue
		}
		fits, err := o.load()
		if err != nil {
			return false, err
		}
		if fits {
			break
		}
	}
	var err error
	p.left, err = p.now.left.reader()
	o.drained, o.haveLeft, o.candidate, o.unmatched = false, false, 0, 0
	return true, err
}

// load reads the right side of the part at hand, or divides the part again.
func (o *hashJoin) load() (fits bool, err error) {
	now := o.parts.now
	reader, err := now.right.reader()
	if err != nil {
		return false, err
	}
	o.table = o.newTable()
	row := make(types.Row, len(o.row)-o.leftWidth)
	for {
		ok, err := reader.next(row)
		if err != nil {
			return false, err
		}
		if !ok {
			o.most = max(o.most, o.table.bytes)
			return true, nil
		}
		null, err := o.evalKey(o.node.RightKeys, row)
		if err != nil {
			return false, err
		}
		o.table.add(row, o.key, null, o.marks())
		if o.table.bytes > o.rt.hashMem() && now.depth < deepest {
			return false, o.divideAgain(now)
		}
	}
}

func (o *hashJoin) divideAgain(p joinPart) error {
	o.table = nil
	var parts [2][]*spillFile
	for i, side := range []struct {
		file *spillFile
		keys sideKeys
	}{{p.right, o.rightKeys()}, {p.left, o.leftKeys()}} {
		reader, err := side.file.reader()
		if err != nil {
			return err
		}
		parts[i] = o.rt.spillFiles(side.file.types)
		row := make(types.Row, len(side.file.types))
		if err := o.scatter(side.keys, parts[i], p.depth+1, func() (types.Row, error) {
			ok, err := reader.next(row)
			if !ok {
				return nil, err
			}
			return row, nil
		}); err != nil {
			return err
		}
		side.file.close()
	}
	o.batches += divisions - 1
	for i := range divisions {
		o.parts.waiting = append(o.parts.waiting, joinPart{left: parts[1][i], right: parts[0][i], depth: p.depth + 1})
	}
	return nil
}

func (p *joinParts) nextLeft() (types.Row, error) {
	ok, err := p.left.next(p.row)
	if !ok {
		return nil, err
	}
	return p.row, nil
}

func (p *joinPart) close() {
	if p.left != nil {
		p.left.close()
		p.right.close()
	}
}

func (p *joinParts) close() {
	p.now.close()
	for i := range p.waiting {
		p.waiting[i].close()
	}
}

// spillFiles makes a file for each part.
func (rt *Runtime) spillFiles(ts []*types.Type) []*spillFile {
	files := make([]*spillFile, divisions)
	for i := range files {
		files[i] = rt.spillFile(ts)
	}
	return files
}

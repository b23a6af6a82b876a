package lock

// alone is a lock that one owner has and nobody else wants. There may be millions:
// neither it nor its key has a pointer, so that the collector need not look at them.
type alone struct {
	owner uint32 // its number
	bits  uint16 // its modes
}

// giveAlone gives a lock that nobody has or wants to an owner, which notes it.
func (t *Table) giveAlone(o *Owner, id id, bit uint16) {
	if o.number == 0 {
		t.enter(o)
	}
	o.alone++
	t.mu.alone[id] = alone{o.number, bit}
	t.mu.most = max(t.mu.most, len(t.mu.alone))
}

// takeAlone leaves an owner a lock in the modes of left.
func (t *Table) takeAlone(o *Owner, id id, left alone) {
	if left.bits != 0 {
		t.mu.alone[id] = left
		return
	}
	delete(t.mu.alone, id)
	t.noLonger(o)
}

// join makes a state of a lock that is one owner's alone, since another wants it.
func (t *Table) join(id id, a alone) {
	o := t.mu.owners[a.owner]
	s := t.newState(id)
	s.holders = append(s.holders, holder{o, a.bits})
	delete(t.mu.alone, id)
	t.noLonger(o)
}

// noLonger counts one lock less that an owner has alone.
func (t *Table) noLonger(o *Owner) {
	if o.alone--; o.alone == 0 {
		t.mu.owners[o.number] = nil
		t.mu.numbers = append(t.mu.numbers, o.number)
		o.number = 0
	}
	t.shrink()
}

// enter gives an owner a number.
func (t *Table) enter(o *Owner) {
	if n := len(t.mu.numbers); n > 0 {
		o.number = t.mu.numbers[n-1]
		t.mu.numbers = t.mu.numbers[:n-1]
		t.mu.owners[o.number] = o
		return
	}
	o.number = uint32(len(t.mu.owners))
	t.mu.owners = append(t.mu.owners, o)
}

// shrink gives back the memory of many locks once few are left: a map never does.
func (t *Table) shrink() {
	const many = 1 << 16
	if t.mu.most < many || len(t.mu.alone) > t.mu.most/16 {
		return
	}
	kept := make(map[id]alone, len(t.mu.alone))
	for id, a := range t.mu.alone {
		kept[id] = a
	}
	t.mu.alone, t.mu.most = kept, len(kept)
}

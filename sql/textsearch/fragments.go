package textsearch

import "math"

// fragment is a part of a document that may be shown.
type fragment struct {
	first, last, words, interesting int
	chosen, excluded                bool
}

// fragments marks the best parts of the document, as many as may be shown.
func (h *headline) fragments() {
	var all []fragment
	for from := 0; ; {
		p, q, ok := h.cover(from)
		if !ok {
			break
		}
		for first := p; first <= q; {
			f := h.fragment(first, q)
			all = append(all, f)
			first = f.last + 1
		}
		from = p + 1
	}
	shown := 0
	for ; shown < h.o.MaxFragments; shown++ {
		best, interesting, words := -1, 0, math.MaxInt
		for i := range all {
			f := &all[i]
			if !f.chosen && !f.excluded && (interesting < f.interesting || interesting == f.interesting && words > f.words) {
				best, interesting, words = i, f.interesting, f.words
			}
		}
		if best < 0 {
			break
		}
		f := &all[best]
		f.chosen = true
		h.stretch(f)
		h.mark(f.first, f.last)
		for i := range all {
			o := &all[i]
			if i != best && (o.first >= f.first && o.first <= f.last || o.last >= f.first && o.last <= f.last || o.first < f.first && o.last > f.last) {
				o.excluded = true
			}
		}
	}
	if shown == 0 {
		h.mark(0, h.beginning())
	}
}

// fragment is the first part of a cover that has no more than the words it may have,
// and words of the query at both ends.
func (h *headline) fragment(first, last int) fragment {
	f := fragment{first: first, last: last}
	for i := first; i <= last; i++ {
		f.first = i
		if h.words[i].interesting() {
			break
		}
	}
	i := f.first
	for ; i <= last && f.words < h.o.MaxWords; i++ {
		w, n := h.count(i)
		f.words += w
		f.interesting += n
	}
	if last <= i {
		return f
	}
	for f.last = i; i >= f.first; i-- {
		f.last = i
		if h.words[i].interesting() {
			break
		}
		w, _ := h.count(i)
		f.words -= w
	}
	return f
}

// stretch adds words on both sides of a fragment that is shorter than it may be.
func (h *headline) stretch(f *fragment) {
	if f.words >= h.o.MaxWords {
		return
	}
	most, added, mark := (h.o.MaxWords-f.words)/2, 0, f.first
	for i := f.first - 1; i >= 0 && added < most && !h.words[i].in; i-- {
		w, _ := h.count(i)
		f.words += w
		added += w
		mark = i
	}
	i := mark
	for ; i < f.first && h.badEnd(i); i++ {
		w, _ := h.count(i)
		f.words -= w
	}
	f.first = i
	mark = f.last
	for i := f.last + 1; i < len(h.words) && f.words < h.o.MaxWords && !h.words[i].in; i++ {
		w, _ := h.count(i)
		f.words += w
		mark = i
	}
	for i = mark; i > f.last && h.badEnd(i); i-- {
		w, _ := h.count(i)
		f.words -= w
	}
	f.last = i
}

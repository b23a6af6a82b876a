package expr

import "sync"

// templatesKept is how many templates of to_char() and its kin are remembered; statements
// use the same one or two over and over.
const templatesKept = 128

// templates remembers what templates have been read as. Any goroutine may use it; what it
// gives must not be changed. It forgets everything when it is full.
type templates[T any] struct {
	mu struct {
		sync.RWMutex
		read map[string]T
	}
}

func (c *templates[T]) get(text string, parse func(string) (T, error)) (T, error) {
	c.mu.RLock()
	t, ok := c.mu.read[text]
	c.mu.RUnlock()
	if ok {
		return t, nil
	}
	t, err := parse(text)
	if err != nil || len(text) > 200 {
		return t, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.mu.read) >= templatesKept || c.mu.read == nil {
		c.mu.read = map[string]T{}
	}
	c.mu.read[text] = t
	return t, nil
}

var (
	dateTemplates   templates[[]datePattern]
	numberTemplates templates[*numberTemplate]
)

// dateTemplate is parseTemplate remembered.
func dateTemplate(s string) []datePattern {
	t, _ := dateTemplates.get(s, func(s string) ([]datePattern, error) { return parseTemplate(s), nil })
	return t
}

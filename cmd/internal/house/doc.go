// Package house holds the rules that the repository as a whole keeps, as
// tests: which rooms may import which, and which third-party packages stay
// behind which door.
package house

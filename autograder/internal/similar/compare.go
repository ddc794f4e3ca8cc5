package similar

import (
	"cmp"
	"encoding/binary"
	"hash/fnv"
	"maps"
	"slices"
)

// Program is one student's program of an exercise.
type Program struct {
	Student string
	// Files holds the Go files by their names, without those that came with the exercise.
	Files map[string][]byte
}

// Pair is two programs that are alike.
type Pair struct {
	A, B Program
	// Percent of the fingerprints of the smaller program are in the larger one, too. What is known is not counted.
	Percent int
	Regions []Region
}

// Region is a piece of one program that is found again in the other.
type Region struct{ A, B Span }

// Span is a piece of a file, from its first line to its last.
type Span struct {
	File        string
	First, Last int
}

const (
	// DefaultLeast is the percentage from which on a pair is shown. Of the lab's right programs that were written apart from each
	// other, the two that are most alike share 21 %. A copy with one piece changed shares more than this.
	DefaultLeast = 40
	// enough is how many fingerprints of its own a program has at least, to be compared: with fewer, one idiom makes a large share.
	enough = 6
	// commonIn is in how many programs that differ a phrase is taken for an idiom, or for a hint that everybody got; in a large
	// class it is a tenth of them. 10 is the default of Moss, the service of the paper's authors.
	commonIn    = 10
	commonShare = 10
)

// read is a program with its fingerprints.
type read struct {
	Program
	streams []stream
	prints  map[uint64][]location
	content uint64 // the same for programs of the same tokens
}

// location is where a fingerprint was found.
type location struct{ stream, at int }

// Find compares the programs of one exercise and returns the pairs that share at least so many percent, the most alike first.
// known are the texts that everybody was given: the stub, and code that the course shows.
func Find(programs []Program, known [][]byte, least int) []Pair {
	given := map[uint64]bool{}
	for _, text := range known {
		for _, hash := range tokensOf("", text).phrases() {
			given[hash] = true
		}
	}
	var all []read
	for _, program := range programs {
		all = append(all, readProgram(program, given))
	}
	removeCommon(all)
	all = slices.DeleteFunc(all, func(r read) bool { return len(r.prints) < enough })
	holders := map[uint64][]int{}
	for i, r := range all {
		for hash := range r.prints {
			holders[hash] = append(holders[hash], i)
		}
	}
	shared := map[[2]int]int{}
	for _, who := range holders {
		for i := range who {
			for _, j := range who[i+1:] {
				shared[[2]int{who[i], j}]++
			}
		}
	}
	var pairs []Pair
	for who, count := range shared {
		a, b := all[who[0]], all[who[1]]
		if percent := 100 * count / min(len(a.prints), len(b.prints)); percent >= least {
			pairs = append(pairs, Pair{A: a.Program, B: b.Program, Percent: percent, Regions: regions(a, b)})
		}
	}
	slices.SortFunc(pairs, func(p, q Pair) int {
		return cmp.Or(cmp.Compare(q.Percent, p.Percent), cmp.Compare(p.A.Student, q.A.Student), cmp.Compare(p.B.Student, q.B.Student))
	})
	return pairs
}

func readProgram(program Program, given map[uint64]bool) read {
	r := read{Program: program, prints: map[uint64][]location{}}
	content := fnv.New64a()
	for _, name := range slices.Sorted(maps.Keys(program.Files)) {
		s := tokensOf(name, program.Files[name])
		for _, t := range s.tokens {
			_ = binary.Write(content, binary.BigEndian, t) // a hash never fails to be written
		}
		for _, print := range winnow(s.phrases(), given) {
			r.prints[print.hash] = append(r.prints[print.hash], location{len(r.streams), print.at})
		}
		r.streams = append(r.streams, s)
	}
	r.content = content.Sum64()
	return r
}

// removeCommon takes out what many programs have. Programs of the same tokens count once: a program that a dozen students handed in
// is no idiom.
func removeCommon(all []read) {
	in, programs := map[uint64]int{}, map[uint64]bool{}
	for _, r := range all {
		if programs[r.content] {
			continue
		}
		programs[r.content] = true
		for hash := range r.prints {
			in[hash]++
		}
	}
	limit := max(commonIn, len(programs)/commonShare)
	for _, r := range all {
		maps.DeleteFunc(r.prints, func(hash uint64, _ []location) bool { return in[hash] > limit })
	}
}

// regions joins shared fingerprints that follow one another in both programs.
func regions(a, b read) []Region {
	type match struct {
		hash uint64
		a, b location
	}
	var matches []match
	for hash, places := range a.prints {
		for _, place := range places {
			if others := b.prints[hash]; len(others) > 0 {
				matches = append(matches, match{hash, place, others[0]})
			}
		}
	}
	slices.SortFunc(matches, func(p, q match) int {
		return cmp.Or(cmp.Compare(p.a.stream, q.a.stream), cmp.Compare(p.a.at, q.a.at))
	})
	follows := func(last, next location) bool {
		return last.stream == next.stream && next.at >= last.at && next.at <= last.at+phrase+window
	}
	var found []Region
	for i, m := range matches {
		if i > 0 && follows(matches[i-1].a, m.a) {
			// a phrase that comes more than once in b goes on where the last one ended
			for _, other := range b.prints[m.hash] {
				if follows(matches[i-1].b, other) {
					m.b = other
					matches[i] = m
					break
				}
			}
			if follows(matches[i-1].b, m.b) {
				last := &found[len(found)-1]
				last.A.Last, last.B.Last = a.span(m.a).Last, max(last.B.Last, b.span(m.b).Last)
				continue
			}
		}
		found = append(found, Region{a.span(m.a), b.span(m.b)})
	}
	return found
}

// span is where the phrase at a location stands.
func (r read) span(at location) Span {
	s := r.streams[at.stream]
	return Span{File: s.file, First: s.lines[at.at], Last: s.lines[at.at+phrase-1]}
}

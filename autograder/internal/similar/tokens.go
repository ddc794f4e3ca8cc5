// Package similar finds programs of one exercise that are alike beyond what everybody was given, and beyond what everybody writes.
// What it finds is a reason to look, and no proof of anything: two people may have had the same idea, the same book, or an
// afternoon together that was allowed.
//
// It compares the programs' tokens by winnowing: S. Schleimer, D. S. Wilkerson, A. Aiken, "Winnowing: Local Algorithms for Document
// Fingerprinting", SIGMOD 2003. Names, literals, comments and layout make no difference.
package similar

import (
	"go/ast"
	"go/scanner"
	"go/token"
	"go/types"
	"hash/fnv"
)

// stream is what is left of a file when all is taken out that can be changed without changing the program.
type stream struct {
	file   string
	tokens []uint64 // hashes
	lines  []int    // on which each token stands
}

// tokensOf reads a file, also one that does not compile. Names are alike, save those that whoever copies cannot change: Go's own,
// and those behind a dot that begin with a capital letter, which nearly always come from the standard library. Literals are alike
// where they are of one kind.
func tokensOf(file string, text []byte) stream {
	s := stream{file: file}
	set := token.NewFileSet()
	source := set.AddFile(file, -1, len(text))
	var scan scanner.Scanner
	scan.Init(source, text, func(token.Position, string) {}, 0)
	last := token.ILLEGAL
	for {
		at, kind, literal := scan.Scan()
		if kind == token.EOF {
			return s
		}
		written := kind.String()
		if kind == token.IDENT && (types.Universe.Lookup(literal) != nil || last == token.PERIOD && ast.IsExported(literal)) {
			written = literal
		}
		s.tokens = append(s.tokens, hashOf(written))
		s.lines = append(s.lines, source.PositionFor(at, false).Line) // whatever //line comments say
		last = kind
	}
}

func hashOf(text string) uint64 {
	h := fnv.New64a()
	h.Write([]byte(text))
	return h.Sum64()
}

// A phrase is a run of tokens, and every window of so many phrases has one that is a fingerprint. Two programs that share
// phrase+window-1 tokens in a row share a fingerprint for sure (the paper's guarantee threshold); what is shorter than a phrase is
// never seen. A call with the handling of its error has some 20 tokens, so a phrase is more than one idiom.
const (
	phrase = 24
	window = 8
)

// phrases are the hashes of all phrases of a file, by where they begin.
func (s stream) phrases() []uint64 {
	const base = 0x100000001b3 // odd, so that no factor is lost modulo 2^64
	if len(s.tokens) < phrase {
		return nil
	}
	highest := uint64(1)
	for range phrase - 1 {
		highest *= base
	}
	hashes := make([]uint64, 0, len(s.tokens)-phrase+1)
	rolling := uint64(0)
	for i, t := range s.tokens {
		if i >= phrase {
			rolling -= s.tokens[i-phrase] * highest
		}
		rolling = rolling*base + t
		if i >= phrase-1 {
			hashes = append(hashes, rolling)
		}
	}
	return hashes
}

// fingerprint is a phrase that was chosen.
type fingerprint struct {
	hash uint64
	at   int // the token that it begins with
}

// winnow chooses the smallest hash of every window, the last of equals. Phrases that are known to everybody are never chosen.
func winnow(hashes []uint64, known map[uint64]bool) []fingerprint {
	var chosen []fingerprint
	for begin := 0; begin < len(hashes); begin++ {
		end := min(begin+window, len(hashes))
		least := -1
		for i := begin; i < end; i++ {
			if !known[hashes[i]] && (least < 0 || hashes[i] <= hashes[least]) {
				least = i
			}
		}
		if least >= 0 && (len(chosen) == 0 || chosen[len(chosen)-1].at < least) {
			chosen = append(chosen, fingerprint{hashes[least], least})
		}
		if end == len(hashes) {
			break
		}
	}
	return chosen
}

// Package exercise reads an exercise from its folder. Everything that the grader knows of an exercise is written once, in
// the folder itself, and is read statically: nothing is compiled or run, so the points are known even when nothing builds.
package exercise

// Kind says which side of the conversation a program is.
type Kind string

// The kinds of programs.
const (
	Server Kind = "server" // the program listens on the exercise's port
	Client Kind = "client" // the program connects to the exercise's port
)

// Exercise is one folder below exercises/.
type Exercise struct {
	Number int    // 3
	ID     string // "03-threaded-server", the folder's name
	Dir    string // the folder's path
	Tested string // the folder of the package that holds Tests: Dir, or "hidden" below it
	Title  string // the README's H1, without a leading number
	Port   int    // from //lab:port in the hidden package's comment
	Kind   Kind   // from //lab:kind in the hidden package's comment; Server where it is missing
	Module string // from //lab:module: what may be imported besides the standard library; empty for nothing
	// Given are names of Go files that come with the exercise and are no part of the task, from //lab:given.
	Given []string
	Tests []Test // in the order of their files' names and of their lines
}

// Points is the most that the exercise can earn.
func (e Exercise) Points() int {
	total := 0
	for _, t := range e.Tests {
		total += t.Points
	}
	return total
}

// Test is one test, read from its function's doc comment. Visible tests have a hint at most.
type Test struct {
	Name        string   // "TestSilentClientDelaysNobody"
	Requirement string   // the comment's prose, on one line
	Points      int      // from //lab:points; every test has the directive, 0 is allowed where another test needs it
	Hint        string   // from //lab:hint
	Needs       []string // from //lab:needs: tests that must pass before this one is worth running
	Race        bool     // from //lab:race: runs against a build with the race detector
	File        string   // for messages: path and line
	Line        int
}

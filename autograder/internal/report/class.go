package report

import "tcplab/autograder/internal/grade"

// Student is one member of a class with the result of what was submitted.
type Student struct {
	ID      string // the name of the submission, without the ending of an archive
	Name    string // empty where no roster says it, and so are the others
	Email   string
	Section string
	// More are the roster's further columns, in its order.
	More []Column
	// Result is that of the submission. A student of the roster who submitted nothing has one in which every exercise is
	// not-submitted.
	Result grade.Result
}

// Column is a further column of a roster with what it holds of one student.
type Column struct{ Name, Value string }

// ClassOptions is what a report on a class says beside the results.
type ClassOptions struct {
	Title string // of the course
	// Page names the file of a student's own page, as seen from the class's page. A nil Page, or an empty name, makes no link.
	Page func(studentID string) string
	// Mistakes are what the lab knows of wrong programs.
	Mistakes []Mistake
}

package report

import (
	"crypto/rand"
	"fmt"
	"io"
	"regexp"
	"strings"

	"tcplab/autograder/internal/grade"
	"tcplab/autograder/internal/transcript"
)

// GitHub shows ten errors of a step and drops the others without a word. An annotation that is too long is hard to read.
const (
	annotationsShown = 10
	annotationLines  = 30
	annotationWidth  = 200 // characters
)

// GitHub writes r for the log of a GitHub Actions step: the text report, in which the runner is told to see no commands, and
// then an annotation for each exercise that lost points, at the line that the compiler names or at the program's first line.
func GitHub(w io.Writer, r grade.Result, options Options) error {
	token := orElse(options.Token, rand.Text())
	var b strings.Builder
	b.WriteString("::stop-commands::" + token + "\n")
	if err := Text(&b, r, options.Again); err != nil {
		return err
	}
	b.WriteString("::" + token + "::\n")
	var annotations []string
	for _, e := range r.Exercises {
		if annotation := annotate(e, options.Again); annotation != "" {
			annotations = append(annotations, annotation)
		}
	}
	if over := len(annotations) - annotationsShown; over > 0 {
		rest := fmt.Sprintf("::error title=TCP lab::%d more exercises are in the log of this step\n", over+1)
		annotations = append(annotations[:annotationsShown-1], rest)
	}
	b.WriteString(strings.Join(annotations, ""))
	kind, words := "notice", ""
	if !r.Complete {
		kind, words = "warning", "\n"+notAVerdict+"\n"+gradeAgain
	}
	fmt.Fprintf(&b, "::%s title=TCP lab::%s\n", kind, commandData(fmt.Sprintf("%d/%d points%s", r.Score, r.MaxScore, words)))
	_, err := io.WriteString(w, b.String())
	return err
}

// annotate is the command that shows an exercise's first problem beside its program, or nothing.
func annotate(e grade.ExerciseResult, again Again) string {
	n, found := firstProblem(e)
	if !found {
		return ""
	}
	kind, file, line := "error", programFile(e), "1"
	if n.Test.Status != transcript.Fail {
		kind = "warning"
	}
	if place := compilerPlace.FindStringSubmatch(e.Message); place != nil && e.Status == grade.BuildFailed &&
		strings.TrimPrefix(place[1], "exercises/") == e.ID {
		file, line = place[1]+"/"+place[2], place[3]
	}
	story := transcript.Lines(orElse(n.story(e, again), n.message()), annotationLines, annotationWidth)
	return fmt.Sprintf("::%s file=%s,line=%s,title=%s::%s\n", kind, commandProperty(file), line,
		commandProperty(fmt.Sprintf("%s: %d of %d points", heading(e), e.Score, e.MaxScore)),
		commandData(n.requirement()+"\n"+strings.Join(story, "\n")))
}

// firstProblem is the first test that failed or, where none did, the first that did not pass. There is none where nothing was
// submitted, since there is no file to show it beside.
func firstProblem(e grade.ExerciseResult) (entry, bool) {
	all := entries(e)
	if e.Status != grade.Graded {
		return all[0], e.Status != grade.NotSubmitted
	}
	if i := firstFailure(e); i >= 0 {
		return all[i], true
	}
	for _, n := range all {
		if n.Test.Status != transcript.Pass {
			return n, true
		}
	}
	return entry{}, false
}

// compilerPlace finds the folder, file and line that a message of the compiler begins with.
var compilerPlace = regexp.MustCompile(`\A((?:exercises/)?[A-Za-z0-9-]+)/([A-Za-z0-9_]+\.go):([0-9]{1,9}):`)

// The escapes of GitHub's workflow commands, as its runner undoes them.
var (
	dataEscapes     = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
	propertyEscapes = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C")
)

func commandData(text string) string     { return dataEscapes.Replace(text) }
func commandProperty(text string) string { return propertyEscapes.Replace(text) }

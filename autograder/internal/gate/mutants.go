package gate

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"tcplab/autograder/internal/exercise"
	"tcplab/autograder/internal/grade"
	"tcplab/autograder/internal/mutant"
	"tcplab/autograder/internal/transcript"
)

// Survey is what became of the mutants of one solution.
type Survey struct {
	ID      string
	Mutants int
	// NotBuilt counts those that the compiler refuses.
	NotBuilt int
	Killed   int
	// Equivalent counts those that live and are listed, with the reason, as no different for a client.
	Equivalent int
	// Survivors live and are not listed.
	Survivors []mutant.Mutant
	// Problems are sentences: what is listed and is killed, or does not exist, or could not be judged.
	Problems []string
}

// mutantBatch is how many mutants are built in one call: enough to keep the compiler busy, few enough for the disk.
const mutantBatch = 48

// SurveyMutants grades every mutant of the solution of an exercise until its first failure. told is called after each batch.
func SurveyMutants(ctx context.Context, options Options, ex exercise.Exercise, told func(done, all int)) (Survey, error) {
	survey := Survey{ID: ex.ID}
	solution, err := grade.ReadSource(ex, options.Root, "solutions/"+ex.ID)
	if err != nil {
		return survey, err
	}
	mutants, err := mutant.Of(solution.Files, ex.Given)
	if err != nil {
		return survey, err
	}
	reasons, err := ex.Equivalents()
	if err != nil {
		return survey, err
	}
	grader, err := grade.New(ctx, grade.Options{Root: options.Root, Seed: options.Seed, Slow: options.Slow, OneFailure: true})
	if err != nil {
		return survey, err
	}
	for begin := 0; begin < len(mutants) && err == nil; begin += mutantBatch {
		batch := mutants[begin:min(begin+mutantBatch, len(mutants))]
		var sources []grade.Source
		for _, m := range batch {
			sources = append(sources, grade.Source{Exercise: ex, Display: "solutions/" + ex.ID, Files: m.Files})
		}
		results, gradeErr := grader.Programs(ctx, sources)
		if err = gradeErr; err == nil {
			for i, m := range batch {
				survey.add(m, results[i], reasons)
			}
			told(begin+len(batch), len(mutants))
		}
	}
	for change := range reasons {
		survey.Problems = append(survey.Problems, fmt.Sprintf("%s: wrong/equivalent.txt lists %q, and there is no such change", ex.ID, change))
	}
	return survey, errors.Join(err, grader.Close())
}

// add counts one mutant, and takes it off the list of reasons.
func (s *Survey) add(m mutant.Mutant, result grade.ExerciseResult, reasons map[string]string) {
	_, listed := reasons[m.ID]
	delete(reasons, m.ID)
	s.Mutants++
	killer, unjudged := "", ""
	for _, test := range result.Tests {
		switch {
		case test.Status == transcript.Fail:
			killer = test.Name
		case test.Status == transcript.Error || test.Unobservable:
			unjudged = test.Name + ": " + test.Message
		}
	}
	switch {
	case result.Status == grade.BuildFailed:
		s.NotBuilt++
	case result.Status != grade.Graded:
		s.Problems = append(s.Problems, fmt.Sprintf("%s: %s: %s", s.ID, m.ID, result.Message))
	case killer != "":
		s.Killed++
		if listed {
			s.Problems = append(s.Problems, fmt.Sprintf("%s: %s is killed by %s: it is not equivalent; take it off wrong/equivalent.txt", s.ID, m.ID, killer))
		}
	case unjudged != "":
		s.Problems = append(s.Problems, fmt.Sprintf("%s: %s could not be judged: %s", s.ID, m.ID, unjudged))
	case listed:
		s.Equivalent++
	default:
		s.Survivors = append(s.Survivors, m)
	}
}

// SurveyTable writes surveys as a table, with the share of the mutants killed that are not equivalent.
func SurveyTable(surveys []Survey) string {
	var b strings.Builder
	b.WriteString("| exercise | mutants | do not build | killed | equivalent | survive | killed of the rest |\n| -- | --: | --: | --: | --: | --: | --: |\n")
	for _, s := range surveys {
		share := "-"
		if rest := s.Killed + len(s.Survivors); rest > 0 {
			share = fmt.Sprintf("%.1f %%", 100*float64(s.Killed)/float64(rest))
		}
		fmt.Fprintf(&b, "| %s | %d | %d | %d | %d | %d | %s |\n", s.ID, s.Mutants, s.NotBuilt, s.Killed, s.Equivalent, len(s.Survivors), share)
	}
	return b.String()
}

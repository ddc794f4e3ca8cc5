package bench

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/format"
	"go/parser"
	"go/token"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"tcplab/autograder/internal/exercise"
	"tcplab/autograder/internal/grade"
)

// How a synthetic student has come by a program.
const (
	solved  = "solution"
	right   = "right"
	wrong   = "wrong"
	copied  = "renamed copy"
	broken  = "broken"
	empty   = "empty"
	hostile = "hostile"
)

// deck is how often each kind of program is handed in among twenty: a guess at a class, in which most programs are somebody's
// own, and each kind occurs.
var deck = slices.Concat(slices.Repeat([]string{wrong}, 6), slices.Repeat([]string{right}, 5), slices.Repeat([]string{copied}, 3),
	slices.Repeat([]string{solved}, 2), slices.Repeat([]string{broken}, 2), []string{empty, hostile})

// program holds the files of a program by their names, slash-separated.
type program map[string][]byte

// synthetic makes the submissions of a class from the lab's own programs.
type synthetic struct {
	random *rand.Rand
	mark   string                          // makes programs that nobody has built before
	stock  map[string]map[string][]program // by exercise and kind
	handed map[string][]program            // that can be copied, by exercise
	counts map[string]int                  // of the programs, by kind
}

// makeClass makes a folder of size submissions to exercises. They depend on the seed and the lab alone, but for mark, which
// main.go of each program ends in.
func makeClass(dir, root string, exercises []exercise.Exercise, size int, seed uint64, mark string) (counts map[string]int, err error) {
	s := synthetic{random: rand.New(rand.NewPCG(seed, 0)), mark: mark, stock: map[string]map[string][]program{},
		handed: map[string][]program{}, counts: map[string]int{}}
	attacks, err := readHostile(filepath.Join(root, "autograder", "testdata", "hostile"))
	if err != nil {
		return nil, err
	}
	for _, ex := range exercises {
		if s.stock[ex.ID], err = readStock(root, ex); err != nil {
			return nil, err
		}
		s.stock[ex.ID][hostile] = attacks
	}
	kinds := map[string][]string{}
	for i := range size {
		for _, ex := range exercises {
			if len(kinds[ex.ID]) == 0 {
				kinds[ex.ID] = slices.Clone(deck)
				s.random.Shuffle(len(deck), func(a, b int) { kinds[ex.ID][a], kinds[ex.ID][b] = kinds[ex.ID][b], kinds[ex.ID][a] })
			}
			made, err := s.program(ex.ID, kinds[ex.ID][0])
			if err != nil {
				return nil, err
			}
			kinds[ex.ID] = kinds[ex.ID][1:]
			if err := made.write(filepath.Join(dir, fmt.Sprintf("student%04d", i), ex.ID)); err != nil {
				return nil, err
			}
		}
	}
	return s.counts, nil
}

// readStock reads what the lab has for an exercise.
func readStock(root string, ex exercise.Exercise) (map[string][]program, error) {
	solution, err := grade.ReadSource(ex, root, "solutions/"+ex.ID)
	if err != nil {
		return nil, err
	}
	rights, err := ex.Right(solution.Files)
	if err != nil {
		return nil, err
	}
	wrongs, err := ex.Wrong(solution.Files)
	if err != nil {
		return nil, err
	}
	stock := map[string][]program{solved: {solution.Files}, right: {solution.Files}, wrong: {solution.Files}}
	for _, v := range rights {
		stock[right] = append(stock[right], v.Files)
	}
	for _, v := range wrongs {
		stock[wrong] = append(stock[wrong], v.Files)
	}
	return stock, nil
}

// needsMore is what says of an attack that it is more than its folder.
var needsMore = regexp.MustCompile(`(?m)^(setup|env|arch|kill): `)

// readHostile reads the attacks that are plain folders.
func readHostile(dir string) ([]program, error) {
	report, err := os.ReadFile(filepath.Join(dir, "report.go"))
	if err != nil {
		return nil, fmt.Errorf("bench: %w", err)
	}
	folders, _ := filepath.Glob(filepath.Join(dir, "*", "attack.txt")) // the pattern is well formed
	var attacks []program
	for _, about := range folders {
		attack := program{"report.go": report}
		err := fs.WalkDir(os.DirFS(filepath.Dir(about)), ".", func(name string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() {
				return err
			}
			attack[name], err = os.ReadFile(filepath.Join(filepath.Dir(about), filepath.FromSlash(name)))
			return err
		})
		if err != nil {
			return nil, fmt.Errorf("bench: %w", err)
		}
		if !needsMore.Match(attack["attack.txt"]) {
			attacks = append(attacks, attack)
		}
		delete(attack, "attack.txt")
	}
	return attacks, nil
}

// program makes one program of a kind.
func (s *synthetic) program(id, kind string) (made program, err error) {
	if kind == copied && len(s.handed[id]) == 0 {
		kind = right // there is nobody yet to copy from
	}
	s.counts[kind]++
	pick := func(from []program) program {
		made := program{}
		for name, content := range from[s.random.IntN(len(from))] {
			made[name] = content
		}
		return made
	}
	switch kind {
	case empty:
		return program{}, nil
	case copied:
		made = pick(s.handed[id])
		if made["main.go"], err = renamed(made["main.go"]); err != nil {
			return nil, err
		}
		return made, nil
	case broken:
		made = pick(s.stock[id][right])
		if s.random.IntN(2) == 0 {
			made["main.go"] = made["main.go"][:len(made["main.go"])/2]
		} else {
			made["main.go"] = append(bytes.Clone(made["main.go"]), "\nfunc init() { notDeclared() }\n"...)
		}
	default:
		made = pick(s.stock[id][kind])
	}
	if main, ok := made["main.go"]; ok {
		made["main.go"] = fmt.Appendf(bytes.Clone(main), "\n// %s\n", s.mark)
	}
	if kind == right || kind == wrong || kind == solved {
		s.handed[id] = append(s.handed[id], made)
	}
	return made, nil
}

func (p program) write(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("bench: %w", err)
	}
	for name, content := range p {
		file := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
			return fmt.Errorf("bench: %w", err)
		}
		if err := os.WriteFile(file, content, 0o600); err != nil {
			return fmt.Errorf("bench: %w", err)
		}
	}
	return nil
}

// renamed gives other names to the variables that := declares, as somebody does who hands in what a friend has written.
func renamed(text []byte) ([]byte, error) {
	files := token.NewFileSet()
	file, err := parser.ParseFile(files, "main.go", text, parser.ParseComments)
	if err != nil {
		return nil, fmt.Errorf("bench: %w", err)
	}
	var variables []*ast.Ident
	keys := map[string]bool{} // of composite literals: the parser cannot tell a field's name from a variable
	ast.Inspect(file, func(node ast.Node) bool {
		switch node := node.(type) {
		case *ast.KeyValueExpr:
			if key, ok := node.Key.(*ast.Ident); ok {
				keys[key.Name] = true
			}
		case *ast.Ident:
			if node.Obj != nil && node.Name != "_" {
				if _, short := node.Obj.Decl.(*ast.AssignStmt); short {
					variables = append(variables, node)
				}
			}
		}
		return true
	})
	for _, variable := range variables {
		if !keys[variable.Name] {
			variable.Name = "my" + strings.ToUpper(variable.Name[:1]) + variable.Name[1:]
		}
	}
	var out bytes.Buffer
	err = format.Node(&out, files, file)
	return out.Bytes(), err
}

package exercise

func Load(dir string) (Exercise, error)        { return Exercise{Dir: dir, Port: 3232}, nil }
func Requirement(a, b string) (string, string) { return "", "" }

package evil

func Win() {}

# Joint probabilities of systematic sampling in a given order: R sampling.

source("figures.R")
suppressMessages(library(sampling))
communes <- read.csv("../../examples/switzerland/frame.csv", encoding = "UTF-8")

random_part <- function(size, n) {
  pi <- inclusionprobabilities(size, n)
  pi[pi < 1]
}
canton <- function(name, n, ordered = FALSE) {
  size <- communes$population[communes$canton == name]
  random_part(if (ordered) sort(size) else size, n)
}
sets <- list(
  "GL, 3 of 29" = canton("GL", 3),
  "SZ, 9 of 30" = canton("SZ", 9),
  "SH, 20 of 34" = canton("SH", 20),
  "NE, 6 of 62" = canton("NE", 6),
  "NE, 24 of 62" = canton("NE", 24),
  "NE, 24 of 62, by population" = canton("NE", 24, ordered = TRUE),
  "TI, 40 of 245" = canton("TI", 40),
  "equal, 5 of 17" = rep(5 / 17, 17),
  "equal, 8 of 32" = rep(8 / 32, 32)
)
first_rows <- function(matrix) c(t(matrix[1:10, ]))
systematic <- lapply(names(sets), function(name) {
  pi <- sets[[name]]
  list(set = name, pi = I(pi), joint = I(first_rows(UPsystematicpi2(pi))))
})
write_json(list(systematic = systematic), "systematic.json", packages = "sampling")

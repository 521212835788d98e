# Maximum entropy (conditional Poisson) and Sampford sampling: R sampling.

source("figures.R")
suppressMessages(library(sampling))
communes <- read.csv("../../examples/switzerland/frame.csv", encoding = "UTF-8")

random_part <- function(size, n) {
  pi <- inclusionprobabilities(size, n)
  pi[pi < 1]
}
canton <- function(name, n) random_part(head(communes$population[communes$canton == name], 60), n)
sets <- list(
  "GL, 3 of 29" = canton("GL", 3),
  "SZ, 9 of 30" = canton("SZ", 9),
  "SH, 20 of 34" = canton("SH", 20),
  "GE, 9 of 45" = canton("GE", 9),
  "NE, 6 of 60" = canton("NE", 6),
  "NE, 24 of 60" = canton("NE", 24),
  "NE, 36 of 60" = canton("NE", 36),
  "ten sizes twice, 5 of 20" = random_part(rep(1:10, 2), 5)
)

# As UPmaxentropypi2, whose own search for the odds stops at 1e-6, with a search to 1e-13.
max_entropy_joint <- function(pi) {
  tilde <- UPMEpiktildefrompik(pi, eps = 1e-13)
  joint <- UPMEpik2frompikw(pi, tilde / (1 - tilde))
  stopifnot(max(abs(joint - UPmaxentropypi2(pi))) < 1e-6)
  joint
}
first_rows <- function(matrix) c(t(matrix[1:5, ]))
max_entropy <- lapply(names(sets), function(name) {
  pi <- sets[[name]]
  odds <- pi / (1 - pi)
  list(set = name, pi = I(pi), joint = I(first_rows(max_entropy_joint(pi))),
       # The inclusion probabilities of UPmaxentropy with the odds pi / (1 - pi).
       inclusion = I(UPMEpikfromq(UPMEqfromw(odds, round(sum(pi))))))
})
sampford <- lapply(names(sets)[c(1, 5, 8)], function(name) {
  list(set = name, pi = I(sets[[name]]), joint = I(first_rows(UPsampfordpi2(sets[[name]]))))
})
write_json(list(max_entropy = max_entropy, sampford = sampford), "max_entropy.json",
           packages = "sampling")

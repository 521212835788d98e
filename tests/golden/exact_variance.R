# Exact variances: Sen-Yates-Grundy with given joint probabilities, and Poisson sampling: R survey.

source("figures.R")
suppressMessages(library(sampling))
communes <- read.csv("../../examples/switzerland/frame.csv", encoding = "UTF-8")
measured <- read.csv("../../examples/switzerland/measurements.csv", encoding = "UTF-8")
communes <- cbind(communes, measured[match(communes$commune, measured$commune), c("built_up_ha", "households")])
# pi is proportional to the population, whose own variance is 0 for a fixed size.
columns <- c("population", "area_ha", "built_up_ha", "households")

# A maximum entropy sample among 80 communes of Vaud without the certain ones. The joint
# probabilities are those of max_entropy.R.
vaud <- communes[communes$canton == "VD", ]
vaud <- head(vaud, 80)
vaud$pi <- inclusionprobabilities(vaud$population, 20)
vaud <- vaud[vaud$pi < 1, ]
tilde <- UPMEpiktildefrompik(vaud$pi, eps = 1e-13)
joint <- UPMEpik2frompikw(vaud$pi, tilde / (1 - tilde))
set.seed(20261124)
fixed <- which(UPmaxentropy(vaud$pi) == 1)
independent <- which(UPpoisson(vaud$pi) == 1)

rows <- function(v) apply(unname(as.matrix(v)), 1, I, simplify = FALSE)
totals <- as.formula(paste("~", paste(columns[-1], collapse = "+")))
block_of <- function(positions, design) {
  large <- subset(design, population >= 1000)
  list(
    positions = I(positions), population = I(design$variables$population), area_ha = I(design$variables$area_ha),
    built_up_ha = I(design$variables$built_up_ha), households = I(design$variables$households),
    totals = I(unname(coef(svytotal(totals, design)))),
    covariances = rows(vcov(svytotal(totals, design))),
    domain_covariances = rows(vcov(svytotal(totals, large))),
    ratio = unname(coef(svyratio(~built_up_ha, ~population, design))),
    ratio_variance = c(vcov(svyratio(~built_up_ha, ~population, design)))
  )
}
syg <- svydesign(ids = ~1, probs = ~pi, data = vaud[fixed, ],
                 pps = ppsmat(joint[fixed, fixed]), variance = "YG")
poisson <- svydesign(ids = ~1, probs = ~pi, data = vaud[independent, ],
                     pps = poisson_sampling(vaud$pi[independent]), variance = "HT")
write_json(list(pi = I(vaud$pi), syg = block_of(fixed, syg), poisson = block_of(independent, poisson)),
           "exact_variance.json", packages = c("survey", "sampling"))

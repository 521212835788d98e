# The data of the comparison, from the R packages survey, sampling and laeken: only the columns that are
# used, 17 significant digits. Samples of MU284 are drawn here with fixed seeds. See data/README.md.

suppressMessages({
  library(survey)
  library(sampling)
  library(laeken)
})

write_table <- function(table, name) {
  cells <- lapply(table, function(x) if (is.numeric(x)) sprintf("%.17g", x) else as.character(x))
  connection <- file(file.path("data", name), open = "wb")
  write.table(as.data.frame(cells, check.names = FALSE), connection, sep = ",", quote = FALSE, row.names = FALSE,
              eol = "\n", fileEncoding = "UTF-8")
  close(connection)
}

# California schools (survey).
data(api)
schools <- function(table, more) {
  found <- data.frame(
    school = table$snum, district = table$dnum, stype = table$stype, awards = table$awards,
    sch_wide = table$sch.wide, api00 = table$api00, api99 = table$api99, meals = table$meals, ell = table$ell,
    tested = table$api.stu, table[more]
  )
  # A domain that lies in one stratum, and two that are absent from it.
  found$group <- ifelse(found$stype == "H", "high", ifelse(found$meals > 50, "poor", "rich"))
  found
}
write_table(schools(apisrs, c("enroll", "pw", "fpc")), "apisrs.csv")
write_table(schools(apistrat, c("enroll", "pw", "fpc")), "apistrat.csv")
write_table(schools(apiclus1, c("enroll", "pw", "fpc")), "apiclus1.csv")
districts <- schools(apiclus2, c("pw", "fpc1", "fpc2"))
districts$weight <- districts$fpc1 / 40 * districts$fpc2 / c(table(districts$district)[as.character(districts$district)])
write_table(districts, "apiclus2.csv")

# Strata with one sampled school: counties of apistrat; N_h is made up.
few <- schools(apistrat, character(0))
few$county <- apistrat$cnum
few <- few[few$county %in% c(1, 2, 5, 14, 15, 18, 36, 40, 48), ]
sizes <- table(few$county)
few$N_h <- 3 * as.integer(sizes[as.character(few$county)]) + few$county %% 4
few$weight <- few$N_h / as.integer(sizes[as.character(few$county)])
write_table(few, "few.csv")

# Counties of the election of 2004 (survey); pi_k, and pi_kl as a matrix.
data(election)
counties <- election_pps[, c("Bush", "Kerry", "Nader", "votes", "p", "wt")]
names(counties) <- tolower(names(counties))
counties <- cbind(county = 1:40, counties, size = ifelse(counties$votes > 1e5, "large", "small"))
write_table(counties, "election.csv")
joint <- as.data.frame(election_jointprob)
names(joint) <- 1:40
write_table(joint, "election_joint.csv")

# The two-stage sample of Sarndal et al. (survey).
data(mu284, package = "survey")
names(mu284) <- c("cluster", "n1", "town", "y1", "n2")
mu284$town <- 10 * mu284$cluster + mu284$town
write_table(mu284, "mu284.csv")

# The population MU284 (sampling) and samples of it.
data(MU284)
population <- data.frame(
  town = MU284$LABEL, people = MU284$P85, people75 = MU284$P75, tax = MU284$RMT85, seats = MU284$S82,
  conservative = MU284$CS82, employed = MU284$ME84, value = MU284$REV84, region = MU284$REG, cluster = MU284$CL
)
first_region <- tapply(population$region, population$cluster, min)[as.character(population$cluster)]
population$zone <- c("east", "east", "south", "south", "south", "north", "north", "north")[first_region]
population$large <- ifelse(population$seats > 45, "yes", "no")
write_table(population, "mu284_population.csv")

pick <- function(units, n) units[sample.int(length(units), n)]
set.seed(20261125)

# Two stages with strata: 4 clusters in each zone, up to 3 towns in each.
rows <- integer(0)
for (zone in c("east", "north", "south")) {
  for (cluster in pick(unique(population$cluster[population$zone == zone]), 4)) {
    towns <- which(population$cluster == cluster)
    rows <- c(rows, pick(towns, min(3, length(towns))))
  }
}
two_stage <- population[rows, ]
two_stage$clusters <- c(tapply(population$cluster, population$zone, function(x) length(unique(x)))[two_stage$zone])
two_stage$towns <- c(table(population$cluster)[as.character(two_stage$cluster)])
two_stage$first <- 4 / two_stage$clusters
two_stage$second <- ave(two_stage$town, two_stage$cluster, FUN = length) / two_stage$towns
two_stage$weight <- 1 / (two_stage$first * two_stage$second)
write_table(two_stage, "mu284_two_stage.csv")

# Strata without stages: 8 towns in each zone; two towns in each region.
rows <- unlist(lapply(c("east", "north", "south"), function(zone) sort(pick(which(population$zone == zone), 8))))
stratified <- population[rows, ]
stratified$N_h <- c(table(population$zone)[stratified$zone])
stratified$weight <- stratified$N_h / 8
write_table(stratified, "mu284_stratified.csv")
rows <- unlist(lapply(1:8, function(region) sort(pick(which(population$region == region), 2))))
pairs <- population[rows, ]
pairs$weight <- c(table(population$region)[as.character(pairs$region)]) / 2
write_table(pairs, "mu284_pairs.csv")

# Unequal probabilities: maximum entropy samples, in the country (with certainty towns) and in each zone.
# The joint probabilities are made by the functions of `sampling`, with the odds searched to 1e-13.
joint_of <- function(pi) {
  tilde <- UPMEpiktildefrompik(pi, eps = 1e-13)
  UPMEpik2frompikw(pi, tilde / (1 - tilde))
}
entropy_sample <- function(table, n) {
  table$pi <- inclusionprobabilities(table$people75, n)
  random <- which(table$pi < 1)
  joint <- outer(table$pi, table$pi)
  joint[random, random] <- joint_of(table$pi[random])
  diag(joint) <- table$pi
  taken <- c(which(table$pi == 1), random[UPmaxentropy(table$pi[random]) == 1])
  list(table = table[taken, ], joint = joint[taken, taken])
}
drawn <- entropy_sample(population, 30)
write_table(drawn$table, "mu284_pps.csv")
joint <- as.data.frame(drawn$joint)
names(joint) <- seq_len(nrow(joint))
write_table(joint, "mu284_pps_joint.csv")
zones <- lapply(c("east", "north", "south"), function(zone) entropy_sample(population[population$zone == zone, ], 7))
zoned <- do.call(rbind, lapply(zones, `[[`, "table"))
joint <- outer(zoned$pi, zoned$pi)
for (k in seq_along(zones)) {
  places <- which(zoned$zone == c("east", "north", "south")[k])
  joint[places, places] <- zones[[k]]$joint
}
joint <- as.data.frame(joint)
names(joint) <- seq_len(nrow(joint))
write_table(zoned, "mu284_zones.csv")
write_table(joint, "mu284_zones_joint.csv")
poisson <- population
poisson$pi <- inclusionprobabilities(poisson$people75, 30)
write_table(poisson[UPpoisson(poisson$pi) == 1, ], "mu284_poisson.csv")

# Persons of households (laeken): a systematic subset of 200 with the weights as they are.
data(eusilc)
persons <- eusilc[seq(37, nrow(eusilc), length.out = 200), ]
write_table(data.frame(person = persons$rb030, state = persons$db040, income = persons$eqIncome,
                       weight = persons$rb050), "eusilc.csv")

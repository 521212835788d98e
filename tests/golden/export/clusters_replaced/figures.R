# Made by citysample: its figures in R, package survey (4.1 or later).
# In this folder: Rscript figures.R
# It writes results.csv and compares it with expected.csv.

suppressMessages(library(survey))
options(survey.lonely.psu = "fail")
data <- read.csv("data.csv", encoding = "UTF-8")
design <- svydesign(ids = ~psu1, strata = ~stratum1, weights = ~weight, data = data)

# A figure: a formula of the totals of some variables, which are 0 outside the domain. Its standard error is
# that of the total of its linearised variable, which loses fewer digits than vcov() of the totals.
figure <- function(number, inside, variables, formula) {
  values <- as.matrix(data[variables]) * inside
  totals <- coef(svytotal(values, design))
  estimate <- eval(deriv(formula, variables), as.list(totals))
  linearised <- drop(values %*% c(attr(estimate, "gradient")))
  # Where the variance is 0, rounding may make it negative.
  variance <- max(c(vcov(svytotal(linearised, design))), 0)
  data.frame(figure = number, estimate = c(estimate), se = sqrt(variance))
}

# A quantile; no standard error, since the programs cut its limits in different ways.
quantile_of <- function(number, inside, variable, p) {
  chosen <- data[[variable]][inside]
  found <- svyquantile(~value, svydesign(ids = ~1, weights = data$weight[inside],
                       data = data.frame(value = chosen)), p, ci = FALSE, qrule = "math")
  data.frame(figure = number, estimate = unname(c(coef(found))), se = NA)
}

everywhere <- rep(TRUE, nrow(data))
results <- rbind(
  figure(1, everywhere, c("v1"),
         quote(v1)),
  figure(2, data$by1 == 1, c("v1"),
         quote(v1)),
  figure(3, data$by1 == 2, c("v1"),
         quote(v1)),
  figure(4, data$by1 == 3, c("v1"),
         quote(v1)),
  figure(5, everywhere, c("v2"),
         quote(v2)),
  figure(6, data$by1 == 1, c("v2"),
         quote(v2)),
  figure(7, data$by1 == 2, c("v2"),
         quote(v2)),
  figure(8, data$by1 == 3, c("v2"),
         quote(v2)),
  figure(9, everywhere, c("v3", "v2"),
         quote((v3 / v2))),
  figure(10, data$by1 == 1, c("v3", "v2"),
         quote((v3 / v2))),
  figure(11, data$by1 == 2, c("v3", "v2"),
         quote((v3 / v2))),
  figure(12, data$by1 == 3, c("v3", "v2"),
         quote((v3 / v2))),
  figure(13, everywhere, c("v1", "v3"),
         quote((100 * (v1 / v3)))),
  figure(14, data$by1 == 1, c("v1", "v3"),
         quote((100 * (v1 / v3)))),
  figure(15, data$by1 == 2, c("v1", "v3"),
         quote((100 * (v1 / v3)))),
  figure(16, data$by1 == 3, c("v1", "v3"),
         quote((100 * (v1 / v3)))),
  figure(17, everywhere, c("v4", "v2"),
         quote((v4 / v2))),
  figure(18, data$by1 == 1, c("v4", "v2"),
         quote((v4 / v2))),
  figure(19, data$by1 == 2, c("v4", "v2"),
         quote((v4 / v2))),
  figure(20, data$by1 == 3, c("v4", "v2"),
         quote((v4 / v2))),
  figure(21, everywhere, c("v1", "v3"),
         quote((1 - (v1 / v3)))),
  figure(22, data$by1 == 1, c("v1", "v3"),
         quote((1 - (v1 / v3)))),
  figure(23, data$by1 == 2, c("v1", "v3"),
         quote((1 - (v1 / v3)))),
  figure(24, data$by1 == 3, c("v1", "v3"),
         quote((1 - (v1 / v3)))),
  figure(25, everywhere, c("v1", "v3", "v5"),
         quote(((v1 - v3) / v5))),
  figure(26, data$by1 == 1, c("v1", "v3", "v5"),
         quote(((v1 - v3) / v5))),
  figure(27, data$by1 == 2, c("v1", "v3", "v5"),
         quote(((v1 - v3) / v5))),
  figure(28, data$by1 == 3, c("v1", "v3", "v5"),
         quote(((v1 - v3) / v5))),
  figure(29, everywhere, c("v1", "v3"),
         quote((log((v1 / v3)) / (-5)))),
  figure(30, data$by1 == 1, c("v1", "v3"),
         quote((log((v1 / v3)) / (-5)))),
  figure(31, data$by1 == 2, c("v1", "v3"),
         quote((log((v1 / v3)) / (-5)))),
  figure(32, data$by1 == 3, c("v1", "v3"),
         quote((log((v1 / v3)) / (-5)))),
  figure(33, everywhere, c("v1", "v5", "v3"),
         quote((exp((v1 / v5)) - ((v3 / v5) ^ 0.1)))),
  figure(34, data$by1 == 1, c("v1", "v5", "v3"),
         quote((exp((v1 / v5)) - ((v3 / v5) ^ 0.1)))),
  figure(35, data$by1 == 2, c("v1", "v5", "v3"),
         quote((exp((v1 / v5)) - ((v3 / v5) ^ 0.1)))),
  figure(36, data$by1 == 3, c("v1", "v5", "v3"),
         quote((exp((v1 / v5)) - ((v3 / v5) ^ 0.1)))),
  figure(37, everywhere, c("v6", "v2"),
         quote(exp((v6 / v2)))),
  figure(38, data$by1 == 1, c("v6", "v2"),
         quote(exp((v6 / v2)))),
  figure(39, data$by1 == 2, c("v6", "v2"),
         quote(exp((v6 / v2)))),
  figure(40, data$by1 == 3, c("v6", "v2"),
         quote(exp((v6 / v2)))),
  figure(41, everywhere, c("v7", "v8", "v9", "v2", "v10", "v11"),
         quote(((v7 - ((v8 * v9) / v2)) / (((v10 - ((v8 * v8) / v2)) * (v11 - ((v9 * v9) / v2))) ^ 0.5)))),
  figure(42, data$by1 == 1, c("v7", "v8", "v9", "v2", "v10", "v11"),
         quote(((v7 - ((v8 * v9) / v2)) / (((v10 - ((v8 * v8) / v2)) * (v11 - ((v9 * v9) / v2))) ^ 0.5)))),
  figure(43, data$by1 == 2, c("v7", "v8", "v9", "v2", "v10", "v11"),
         quote(((v7 - ((v8 * v9) / v2)) / (((v10 - ((v8 * v8) / v2)) * (v11 - ((v9 * v9) / v2))) ^ 0.5)))),
  figure(44, data$by1 == 3, c("v7", "v8", "v9", "v2", "v10", "v11"),
         quote(((v7 - ((v8 * v9) / v2)) / (((v10 - ((v8 * v8) / v2)) * (v11 - ((v9 * v9) / v2))) ^ 0.5)))),
  figure(45, everywhere, c("v7", "v9", "v8", "v2", "v12", "v13", "v14", "v15", "v11"),
         quote(((((v7 - ((v9 * v8) / v2)) * (v12 - ((v13 * v13) / v2))) - ((v14 - ((v9 * v13) / v2)) * (v15 - ((v13 * v8) / v2)))) / (((v11 - ((v9 * v9) / v2)) * (v12 - ((v13 * v13) / v2))) - ((v14 - ((v9 * v13) / v2)) * (v14 - ((v13 * v9) / v2))))))),
  figure(46, data$by1 == 1, c("v7", "v9", "v8", "v2", "v12", "v13", "v14", "v15", "v11"),
         quote(((((v7 - ((v9 * v8) / v2)) * (v12 - ((v13 * v13) / v2))) - ((v14 - ((v9 * v13) / v2)) * (v15 - ((v13 * v8) / v2)))) / (((v11 - ((v9 * v9) / v2)) * (v12 - ((v13 * v13) / v2))) - ((v14 - ((v9 * v13) / v2)) * (v14 - ((v13 * v9) / v2))))))),
  figure(47, data$by1 == 2, c("v7", "v9", "v8", "v2", "v12", "v13", "v14", "v15", "v11"),
         quote(((((v7 - ((v9 * v8) / v2)) * (v12 - ((v13 * v13) / v2))) - ((v14 - ((v9 * v13) / v2)) * (v15 - ((v13 * v8) / v2)))) / (((v11 - ((v9 * v9) / v2)) * (v12 - ((v13 * v13) / v2))) - ((v14 - ((v9 * v13) / v2)) * (v14 - ((v13 * v9) / v2))))))),
  figure(48, data$by1 == 3, c("v7", "v9", "v8", "v2", "v12", "v13", "v14", "v15", "v11"),
         quote(((((v7 - ((v9 * v8) / v2)) * (v12 - ((v13 * v13) / v2))) - ((v14 - ((v9 * v13) / v2)) * (v15 - ((v13 * v8) / v2)))) / (((v11 - ((v9 * v9) / v2)) * (v12 - ((v13 * v13) / v2))) - ((v14 - ((v9 * v13) / v2)) * (v14 - ((v13 * v9) / v2))))))),
  figure(49, everywhere, c("v1", "v2", "v7", "v9", "v8", "v11", "v3"),
         quote(((v1 / v2) - (((v7 - ((v9 * v8) / v2)) / (v11 - ((v9 * v9) / v2))) * (v3 / v2))))),
  figure(50, data$by1 == 1, c("v1", "v2", "v7", "v9", "v8", "v11", "v3"),
         quote(((v1 / v2) - (((v7 - ((v9 * v8) / v2)) / (v11 - ((v9 * v9) / v2))) * (v3 / v2))))),
  figure(51, data$by1 == 2, c("v1", "v2", "v7", "v9", "v8", "v11", "v3"),
         quote(((v1 / v2) - (((v7 - ((v9 * v8) / v2)) / (v11 - ((v9 * v9) / v2))) * (v3 / v2))))),
  figure(52, data$by1 == 3, c("v1", "v2", "v7", "v9", "v8", "v11", "v3"),
         quote(((v1 / v2) - (((v7 - ((v9 * v8) / v2)) / (v11 - ((v9 * v9) / v2))) * (v3 / v2))))),
  quantile_of(53, everywhere, "v1", 0.5),
  quantile_of(56, data$by1 == 3, "v1", 0.5)
)

results$estimate <- sprintf("%.17g", results$estimate)
results$se <- ifelse(is.na(results$se), "", sprintf("%.17g", results$se))
connection <- file("results.csv", open = "wb")
write.table(results, connection, sep = ",", quote = FALSE, row.names = FALSE, eol = "\n")
close(connection)

# The same to nine digits, where the same is expected; a standard error below 1e-8 of its estimate is zero.
both <- merge(read.csv("expected.csv", encoding = "UTF-8"), read.csv("results.csv"), by = "figure",
              suffixes = c("", ".here"))
size <- abs(both$estimate)
value <- abs(both$estimate.here - both$estimate) <= 1e-9 * size
error <- abs(both$se.here - both$se) <= 1e-9 * both$se + 1e-12 * size |
  pmax(both$se.here, both$se) <= 1e-8 * size
both$agrees <- value & (both$same != "estimate and se" | error)
print(both[c("figure", "estimate", "estimate.here", "se", "se.here", "same", "agrees")], row.names = FALSE)
cat(sum(both$agrees), "of", nrow(both), "figures agree.\n")

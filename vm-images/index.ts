/** All recipes. */

import type { Recipe } from '../src/image/recipe.ts';
import { buildpackDepsPlan, buildpackDepsRecipe } from './buildpack_deps.ts';
import { busyboxRecipe } from './busybox.ts';
import { debianPlan, debianRecipe } from './debian.ts';
import { golangPlan, golangRecipe } from './golang.ts';
import type { PackagesRecipe } from './packages.ts';
import { pythonPlan, pythonRecipe } from './python.ts';

/** Recipes in order of their names. */
export const recipes: readonly Recipe[] = [
  buildpackDepsRecipe,
  busyboxRecipe,
  debianRecipe,
  golangRecipe,
  pythonRecipe,
];

/** Images made of packages, each after the one it is built upon. */
export const packagesPlans: readonly PackagesRecipe[] = [
  debianPlan,
  buildpackDepsPlan,
  golangPlan,
  pythonPlan,
];

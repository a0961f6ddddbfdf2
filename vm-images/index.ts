/** All recipes. */

import type { Recipe } from '../src/image/recipe.ts';
import { busyboxRecipe } from './busybox.ts';
import { debianRecipe } from './debian.ts';

/** Recipes in order of their names. */
export const recipes: readonly Recipe[] = [busyboxRecipe, debianRecipe];

-- What a view was ordered with and how far its sums are: whoever goes on with it does as was asked.

ALTER TABLE projection_views
    ADD COLUMN despite_differences boolean NOT NULL DEFAULT false,
    ADD COLUMN sums text NOT NULL DEFAULT 'kept' CHECK (sums IN ('left', 'making', 'kept'));
UPDATE projection_views SET sums = 'left' WHERE state = 'filling';
COMMENT ON COLUMN projection_views.despite_differences IS
    'It is to become live though it differs from the live one, or cannot be proven by it.';
COMMENT ON COLUMN projection_views.sums IS
    'left: sums are not kept while the view is filled. making: they are made of what was filled, which stays as it is. kept: they move with it.';

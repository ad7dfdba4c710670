// What the tests' browser lacks.
import '@/i18n/setup-test';
